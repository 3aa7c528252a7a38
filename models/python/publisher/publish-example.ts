import type { EventModel, EventModelEntry, JsonValue } from '@hyvve-events/catalog-model';
import { ownValue } from '../../own-value.js';
import type { FlatType, NamedType } from '../../prepare/prepared-types.js';
import { importOf } from '../print-import.js';
import { fieldNames, memberNames, pythonTypeName } from '../python-names.js';

/** What an example imports and calls. */
export interface PublishExample {
  readonly package: string;
  /** Module of the event's domain. */
  readonly module: string;
  /** Name of the publish function. */
  readonly function: string;
  /** Module of a type. */
  readonly moduleOf: (type: string) => string;
  readonly types: ReadonlyMap<string, NamedType>;
  readonly catalog: EventModel['catalog'];
}

/** A program that publishes an event with the data of its first example. */
export function printPublishExample(event: EventModelEntry, example: PublishExample): string {
  const printer = new ValuePrinter(example);
  const [first] = event.examples;
  const data =
    first === undefined
      ? `... # of type ${pythonTypeName(event.payload)}`
      : printer.print(first.data, { ref: event.payload }, '');
  const modules = new Map<string, Set<string>>([[example.module, new Set([example.function])]]);
  for (const name of printer.used) {
    const module = example.moduleOf(name);
    modules.set(module, (modules.get(module) ?? new Set()).add(pythonTypeName(name)));
  }
  const { envelope } = example.catalog;
  const context = [
    ...(envelope?.tenantId === 'optional' ? [] : ['tenant_id="acme"']),
    ...(envelope?.userId === 'required' ? ['user_id="ann"'] : []),
  ];
  return [
    ...[...modules].map(([module, names]) => importOf(`${example.package}.${module}`, [...names].sort())),
    `from ${example.package}.publisher import Publisher`,
    'from redis import Redis',
    '',
    'publisher = Publisher(Redis.from_url("redis://127.0.0.1:6379"), source="my-service")',
    `data = ${data}`,
    `published = ${example.function}(${['publisher', 'data', ...context].join(', ')})`,
    'print(published.id)',
  ].join('\n');
}

/** Prints JSON as Python code with the constructors of the models. */
class ValuePrinter {
  /** Names of the types whose constructors were printed. */
  readonly used = new Set<string>();
  readonly #types: ReadonlyMap<string, NamedType>;

  constructor({ types }: PublishExample) {
    this.#types = types;
  }

  print(value: JsonValue, type: FlatType | undefined, indent: string): string {
    const named = type?.ref === undefined ? undefined : this.#types.get(type.ref);
    if (named?.kind === 'alias') return this.print(value, named.type, indent);
    if (typeof value === 'string' && named?.kind === 'enum') return this.#member(named.name, named.values, value);
    if (Array.isArray(value)) {
      const items = value.map((item) => this.print(item, type?.items, `${indent}    `));
      return block('[', items, ']', indent);
    }
    if (typeof value === 'object' && value !== null) {
      return named?.kind === 'object'
        ? this.#object(named, value as Readonly<Record<string, JsonValue>>, indent)
        : this.#mapping(value as Readonly<Record<string, JsonValue>>, type?.values, indent);
    }
    if (value === null) return 'None';
    return typeof value === 'boolean' ? (value ? 'True' : 'False') : JSON.stringify(value);
  }

  #member(name: string, values: readonly string[], value: string): string {
    const member = memberNames(values).get(value);
    if (member === undefined) return JSON.stringify(value);
    this.used.add(name);
    return `${pythonTypeName(name)}.${member}`;
  }

  #object(
    type: Extract<NamedType, { readonly kind: 'object' }>,
    value: Readonly<Record<string, JsonValue>>,
    indent: string,
  ): string {
    const names = fieldNames(type.fields.map(({ wire }) => wire));
    const unnamed = Object.keys(value).filter((wire) => !names.has(wire));
    if (unnamed.length > 0) return this.#mapping(value, undefined, indent);
    this.used.add(type.name);
    const args = type.fields.flatMap(({ wire, type: fieldType }) => {
      const each = ownValue(value, wire);
      if (each === undefined) return [];
      return [`${names.get(wire)}=${this.print(each, fieldType, `${indent}    `)}`];
    });
    return block(`${pythonTypeName(type.name)}(`, args, ')', indent);
  }

  #mapping(value: Readonly<Record<string, JsonValue>>, values: FlatType | undefined, indent: string): string {
    const items = Object.entries(value).map(
      ([key, each]) => `${JSON.stringify(key)}: ${this.print(each, values, `${indent}    `)}`,
    );
    return block('{', items, '}', indent);
  }
}

/** One item in each line. */
function block(open: string, items: readonly string[], close: string, indent: string): string {
  if (items.length === 0) return open + close;
  return [open, ...items.map((item) => `${indent}    ${item},`), `${indent}${close}`].join('\n');
}
