import type { EventModelEntry, JsonValue } from '@hyvve-events/catalog-model';
import { exampleKey, ownValue } from '../own-value.js';
import type { NamedType, ObjectType } from '../prepare/prepared-types.js';
import { goFieldNames } from './go-names.js';
import { goString } from './go-text.js';

/** What an example is printed with. */
export interface GoExample {
  readonly module: string;
  readonly packageName: string;
  /** Types by their names in Go. */
  readonly types: ReadonlyMap<string, NamedType>;
  /** Types of the fields of an object, or the type of an alias, by name in Go. */
  readonly parts: ReadonlyMap<string, readonly string[]>;
  /** Constants of an enum by value, by name in Go. */
  readonly constants: ReadonlyMap<string, ReadonlyMap<string, string>>;
  /** Names of the constants with the type and the version of the event. */
  readonly eventConstants: readonly [type: string, version: string];
  /** Name of the payload in Go. */
  readonly payload: string;
}

/** A program that publishes an event with the data of its first example. */
export function printGoExample(event: EventModelEntry, example: GoExample): string {
  const { packageName, module } = example;
  const [first] = event.examples;
  const value =
    first === undefined
      ? `\tvar data ${packageName}.${example.payload}`
      : `\tdata := ${new GoValues(example).print(first.data, example.payload, '\t')}`;
  const key = exampleKey(event);
  const [type, version] = example.eventConstants.map((name) => `${packageName}.${name}`);
  return [
    'package main',
    '',
    'import (',
    '\t"encoding/json"',
    '\t"fmt"',
    '',
    `\t${packageName} ${goString(module)}`,
    ')',
    '',
    'func main() {',
    value,
    `\tenvelope := ${packageName}.NewEnvelope(${type}, ${version}, "my-service", "acme", data)`,
    ...(key === undefined
      ? []
      : [`\tenvelope.Key = ${packageName}.Ptr(${goString(key)}) // the value at ${event.orderingKey}`]),
    '\ttext, err := json.Marshal(envelope)',
    '\tif err != nil {',
    '\t\tpanic(err)',
    '\t}',
    '\t// With go-redis: client.Eval(ctx, publishLua, []string{"{hyvve:0}:events", "{hyvve:0}:partition"}, epoch, partitions, text)',
    '\tfmt.Println("publish.lua {hyvve:0}:events", string(text))',
    '}',
  ].join('\n');
}

/** Prints JSON as Go code with the types of the models. */
class GoValues {
  readonly #example: GoExample;

  constructor(example: GoExample) {
    this.#example = example;
  }

  /** @param type As the field of a struct has it: `*[]Item`. */
  print(value: JsonValue, type: string, indent: string): string {
    if (type === 'json.RawMessage') return raw(value);
    if (value === null) return 'nil';
    if (type.startsWith('*')) return this.#pointer(value, type.slice(1), indent);
    if (type.startsWith('[]') && Array.isArray(value)) {
      return block(
        `${this.#qualified(type)}{`,
        value.map((each) => this.print(each, type.slice(2), `${indent}\t`)),
        indent,
      );
    }
    if (type.startsWith('map[string]')) {
      const items = Object.entries(value).map(
        ([key, each]) => `${goString(key)}: ${this.print(each, type.slice('map[string]'.length), `${indent}\t`)}`,
      );
      return block(`${this.#qualified(type)}{`, items, indent);
    }
    return this.#named(value, type, indent);
  }

  #named(value: JsonValue, type: string, indent: string): string {
    const named = this.#example.types.get(type);
    const { packageName, parts, constants } = this.#example;
    if (named?.kind === 'alias') return this.print(value, parts.get(type)?.[0] ?? '', indent);
    if (named?.kind === 'union') return `${packageName}.${type}{RawMessage: ${raw(value)}}`;
    if (named?.kind === 'object') {
      return this.#struct(value as Readonly<Record<string, JsonValue>>, type, named, indent);
    }
    if (named?.kind === 'enum') {
      const constant = constants.get(type)?.get(String(value));
      return constant === undefined
        ? `${packageName}.${type}(${goString(String(value))})`
        : `${packageName}.${constant}`;
    }
    if (type === 'json.Number') return `json.Number(${goString(String(value))})`;
    return typeof value === 'string' ? goString(value) : String(value);
  }

  #struct(value: Readonly<Record<string, JsonValue>>, type: string, { fields }: ObjectType, indent: string): string {
    const names = goFieldNames(fields.map(({ wire }) => wire));
    const types = this.#example.parts.get(type) ?? [];
    const known = fields.flatMap(({ wire }, index): (readonly [string, string])[] => {
      const each = ownValue(value, wire);
      // An optional property that is null is written as an additional one.
      if (each === undefined || (each === null && fields[index]?.required === false)) return [];
      return [[`${names.get(wire)}:`, this.print(each, types[index] ?? '', `${indent}\t`)]];
    });
    const wires = new Set(
      fields.filter(({ wire, required }) => required || ownValue(value, wire) !== null).map(({ wire }) => wire),
    );
    const others = Object.fromEntries(Object.entries(value).filter(([wire]) => !wires.has(wire)));
    const rest: readonly (readonly [string, string])[] =
      Object.keys(others).length === 0
        ? []
        : [['AdditionalProperties:', this.print(others, 'map[string]json.RawMessage', `${indent}\t`)]];
    const items = aligned([...known, ...rest]);
    return block(`${this.#example.packageName}.${type}{`, items, indent);
  }

  #pointer(value: JsonValue, type: string, indent: string): string {
    const inner = this.print(value, type, indent);
    if (this.#example.types.get(type)?.kind === 'object') return `&${inner}`;
    const resolved = this.#resolved(type);
    // A number alone would be an `int` or a `float64`.
    const typed = /^(int64|float64)$/.test(resolved) ? `${resolved}(${inner})` : inner;
    return `${this.#example.packageName}.Ptr(${typed})`;
  }

  /** The type that an alias stands for. */
  #resolved(type: string): string {
    return this.#example.types.get(type)?.kind === 'alias'
      ? this.#resolved(this.#example.parts.get(type)?.[0] ?? '')
      : type;
  }

  #qualified(type: string): string {
    return type.replaceAll(
      /(?<![.\p{L}\p{Nd}_])\p{Lu}[\p{L}\p{Nd}_]*/gu,
      (name) => `${this.#example.packageName}.${name}`,
    );
  }
}

/** Keys and values of a struct as gofmt writes them: values in one column, except those of several lines. */
function aligned(all: readonly (readonly [key: string, value: string])[]): readonly string[] {
  const isLong = (index: number) => all[index]?.[1].includes('\n') ?? true;
  return all.map(([key, value], index) => {
    if (isLong(index)) return `${key} ${value}`;
    let [from, to] = [index, index];
    while (!isLong(from - 1)) from -= 1;
    while (!isLong(to + 1)) to += 1;
    const width = Math.max(...all.slice(from, to + 1).map(([each]) => [...each].length));
    return `${key}${' '.repeat(width - [...key].length)} ${value}`;
  });
}

function raw(value: JsonValue): string {
  const text = JSON.stringify(value);
  return `json.RawMessage(${text.includes('`') ? goString(text) : `\`${text}\``})`;
}

/** One item in each line. */
function block(open: string, items: readonly string[], indent: string): string {
  if (items.length === 0) return `${open}}`;
  return [open, ...items.map((item) => `${indent}\t${item},`), `${indent}}`].join('\n');
}
