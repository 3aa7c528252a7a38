import type { Redis } from './client.js';
import { newScript, runScript, type Script, type ScriptArgument, type ScriptMode } from './script.js';

type Kind = 'key' | 'arg';
/** A list of keys, of arguments, or of records whose columns are keys or arguments. */
export type ScriptList = Kind | Readonly<Record<string, Kind>>;

type Value<K> = K extends 'key' ? string : ScriptArgument;
type Item<List> = List extends Kind ? Value<List> : { readonly [Column in keyof List]: Value<List[Column]> };

/** The values of one call, by the names of the script's keys, arguments and lists. */
export type ScriptInput<Key extends string, Arg extends string, Lists> = Readonly<Record<Key, string>> &
  Readonly<Record<Arg, ScriptArgument>> & { readonly [List in keyof Lists]: readonly Item<Lists[List]>[] };

/** Common fields of all script definitions. */
interface CommonDefinition<Key extends string, Arg extends string, Reply> {
  readonly name: string;
  /** Default: `drain`. */
  readonly mode?: ScriptMode;
  /** Names of the keys. The script has a local variable for each: `leaseMs` is `lease_ms` in Lua. */
  readonly keys: readonly Key[];
  /** Names of the arguments, as for `keys`. Redis passes every argument as text. */
  readonly args: readonly Arg[];
  /** Lua functions that the body calls. Each follows the functions that it calls. */
  readonly uses?: readonly string[];
  /** Reads the reply. */
  readonly reply: (reply: unknown) => Reply;
  readonly body: string;
}

/** A script with named keys and arguments. */
export interface ScriptDefinition<Key extends string, Arg extends string, Lists, Reply>
  extends CommonDefinition<Key, Arg, Reply> {
  /** Lists. The script has a local table for each; the items are texts, or tables with a field for each column. */
  readonly lists?: Lists;
}

/** The keys and arguments of one call. */
export interface EncodedInput {
  readonly keys: readonly string[];
  readonly args: readonly ScriptArgument[];
}

/** A script whose keys and arguments have names. */
export interface TypedScript<Input, Reply> extends Script {
  /** Lua that reads the keys and arguments into the variables of the body. */
  readonly header: string;
  /** Names of the variables in `header`; lists of records with their columns. */
  readonly variables: readonly (readonly [name: string, columns?: readonly string[]])[];
  encode(input: Input): EncodedInput;
  /** Makes a call for `Link.ask`, `askOnce` and `tryOnce`. */
  call(input: Input): (redis: Redis) => Promise<Reply>;
}

type Lists = Readonly<Record<string, ScriptList>>;

/**
 * Defines a script by the names of its keys and arguments. Both the Lua code that reads them and the function that encodes
 * them are generated from these names, so that they always agree.
 */
export function defineScript<
  Key extends string,
  Arg extends string,
  Reply,
  Given extends Lists = Readonly<Record<never, never>>,
>(definition: ScriptDefinition<Key, Arg, Given, Reply>): TypedScript<ScriptInput<Key, Arg, Given>, Reply> {
  const { keys, args } = definition;
  const lists = Object.entries<ScriptList>(definition.lists ?? {});
  const variables = [...keys, ...args].map((name) => [luaName(name)] as const);
  const ofLists = lists.map(([name, columns]) => {
    return [luaName(name), typeof columns === 'string' ? [] : Object.keys(columns).map(luaName)] as const;
  });
  const encode = (input: ScriptInput<Key, Arg, Given>) => encodeInput(keys, args, lists, input as Values);
  return newTypedScript(definition, headerOf(keys, args, lists), [...variables, ...ofLists], encode);
}

/**
 * Defines a script that is called too often to build tables of its lists. The caller encodes the call. The keys after the
 * named keys are in `rest_keys` from index `key_at` on, the arguments after the named arguments in `rest` from `arg_at` on.
 */
export function defineEncodedScript<Reply>(
  definition: CommonDefinition<string, string, Reply>,
): TypedScript<EncodedInput, Reply> {
  const { keys, args } = definition;
  const variables = [...keys, ...args].map((name) => [luaName(name)] as const);
  const rest = `local rest_keys, key_at, rest, arg_at = KEYS, ${keys.length + 1}, ARGV, ${args.length + 1}`;
  return newTypedScript(definition, `${headerOf(keys, args, [])}\n${rest}`, variables, (input: EncodedInput) => input);
}

function newTypedScript<Input, Reply>(
  { name, mode = 'drain', uses = [], reply, body }: CommonDefinition<string, string, Reply>,
  header: string,
  variables: TypedScript<Input, Reply>['variables'],
  encode: (input: Input) => EncodedInput,
): TypedScript<Input, Reply> {
  const script = newScript(name, mode, [...uses, header, body].join('\n'));
  const call = (input: Input) => {
    const { keys, args } = encode(input);
    return async (redis: Redis) => reply(await runScript(redis, script, keys, args));
  };
  return { ...script, header, variables, encode, call };
}

type Values = Readonly<Record<string, ScriptArgument | readonly (ScriptArgument | Fields)[]>>;
type Fields = Readonly<Record<string, ScriptArgument>>;

function encodeInput(
  keyNames: readonly string[],
  argNames: readonly string[],
  lists: readonly (readonly [string, ScriptList])[],
  input: Values,
): EncodedInput {
  const keys = keyNames.map((name) => input[name] as string);
  const args = argNames.map((name) => input[name] as ScriptArgument);
  for (const [name, columns] of lists) {
    const items = input[name] as readonly (ScriptArgument | Fields)[];
    args.push(items.length);
    for (const item of items) {
      if (typeof columns === 'string') {
        if (columns === 'key') keys.push(item as string);
        else args.push(item as ScriptArgument);
        continue;
      }
      for (const [column, kind] of Object.entries(columns)) {
        const value = (item as Fields)[column] as ScriptArgument;
        if (kind === 'key') keys.push(String(value));
        else args.push(value);
      }
    }
  }
  return { keys, args };
}

function headerOf(
  keys: readonly string[],
  args: readonly string[],
  lists: readonly (readonly [string, ScriptList])[],
): string {
  const lines: string[] = [];
  const assign = (names: readonly string[], from: string) => {
    if (names.length === 0) return;
    const values = names.map((_, index) => `${from}[${index + 1}]`);
    lines.push(`local ${names.map(luaName).join(', ')} = ${values.join(', ')}`);
  };
  assign(keys, 'KEYS');
  assign(args, 'ARGV');
  if (lists.length > 0) lines.push(`local key_at, arg_at = ${keys.length + 1}, ${args.length + 1}`);
  for (const [list, columns] of lists) lines.push(listHeader(luaName(list), columns));
  return lines.join('\n');
}

/** Lua that reads a list: its length is in ARGV, before the arguments of its items. */
function listHeader(list: string, columns: ScriptList): string {
  let [keys, args] = [0, 0];
  const next = (kind: Kind) => {
    if (kind === 'key') {
      keys += 1;
      return `KEYS[key_at + ${keys - 1}]`;
    }
    args += 1;
    return `ARGV[arg_at + ${args - 1}]`;
  };
  const fields = (of: Readonly<Record<string, Kind>>) =>
    Object.entries(of).map(([column, kind]) => `${luaName(column)} = ${next(kind)}`);
  const item = typeof columns === 'string' ? next(columns) : `{ ${fields(columns).join(', ')} }`;
  return `local ${list}, ${list}_count = {}, tonumber(ARGV[arg_at])
arg_at = arg_at + 1
for i = 1, ${list}_count do
  ${list}[i] = ${item}
  key_at, arg_at = key_at + ${keys}, arg_at + ${args}
end`;
}

function luaName(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
