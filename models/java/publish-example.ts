import type { EventModelEntry, JsonValue } from '@hyvve-events/catalog-model';
import { exampleKey, ownValue } from '../own-value.js';
import type { NamedType, ObjectType } from '../prepare/prepared-types.js';
import { accessor, javaConstantNames, javaFieldNames } from './java-names.js';

/** What an example is printed with. */
export interface JavaExample {
  readonly package: string;
  /** Types by the names of their classes. */
  readonly types: ReadonlyMap<string, NamedType>;
  /** Types of the fields of a class, by its name. */
  readonly parts: ReadonlyMap<string, readonly string[]>;
  /** Name of the event's constant in `EventTypes`. */
  readonly constant: string;
  /** The class of the payload. */
  readonly payload: string;
}

/** A program that publishes an event with the data of its first example. */
export function printJavaExample(event: EventModelEntry, example: JavaExample): string {
  const [first] = event.examples;
  const values = new JavaValues(example);
  const isObject = example.types.get(example.payload)?.kind === 'object';
  const other = isObject ? `new ${example.payload}()` : values.parsed(null, example.payload);
  const data = first === undefined ? other : values.print(first.data, example.payload, '        ');
  const key = exampleKey(event);
  const code = [
    `        ${example.payload} data = ${data};`,
    `        var envelope = EventTypes.${example.constant}.envelope("my-service", "acme", data);`,
    ...(key === undefined
      ? []
      : [`        envelope.setKey(${JSON.stringify(key)}); // the value at ${event.orderingKey}`]),
    '        String json = mapper.writeValueAsString(envelope);',
    '        // With Jedis: jedis.eval(publishLua, List.of("{hyvve:0}:events", "{hyvve:0}:partition"), List.of(epoch, partitions, json))',
    '        System.out.println("publish.lua {hyvve:0}:events " + json);',
  ];
  const words = new Set(
    code
      .join('\n')
      .replaceAll(/"(?:\\.|[^"\\])*"|\/\/.*/g, '')
      .match(/[\p{L}\p{Nd}_$]+/gu),
  );
  const standard = {
    TypeReference: 'com.fasterxml.jackson.core.type',
    BigDecimal: 'java.math',
    BigInteger: 'java.math',
    Arrays: 'java.util',
    List: 'java.util',
    Map: 'java.util',
  };
  return [
    'import com.fasterxml.jackson.databind.ObjectMapper;',
    ...Object.entries(standard).flatMap(([name, from]) => (words.has(name) ? [`import ${from}.${name};`] : [])),
    `import ${example.package}.*;`,
    '',
    'public class Example {',
    '    public static void main(String[] args) throws Exception {',
    '        ObjectMapper mapper = new ObjectMapper();',
    ...code,
    '    }',
    '}',
  ].join('\n');
}

/** Prints JSON as Java code with the setters of the models. */
class JavaValues {
  readonly #example: JavaExample;

  constructor(example: JavaExample) {
    this.#example = example;
  }

  /** @param type As the field of a class has it: `List<Item>`. */
  print(value: JsonValue, type: string, indent: string): string {
    if (value === null) return 'null';
    const named = this.#example.types.get(type);
    if (named?.kind === 'object' && isRecord(value)) return this.#object(value, type, named, indent);
    if (named?.kind === 'enum') {
      const constant = javaConstantNames(named.values, ['KNOWN']).get(String(value));
      return constant === undefined ? `${type}.of(${JSON.stringify(value)})` : `${type}.${constant}`;
    }
    if (named !== undefined) return this.parsed(value, type);
    const [, inner] = /^List<(.*)>$/.exec(type) ?? /^Map<String, (.*)>$/.exec(type) ?? [];
    if (Array.isArray(value) && (inner !== undefined || type === 'Object')) {
      const list = value.includes(null) ? 'Arrays.asList' : 'List.of';
      return `${list}(${value.map((each) => this.print(each, inner ?? 'Object', indent)).join(', ')})`;
    }
    if (isRecord(value) && Object.keys(value).length <= 10 && !Object.values(value).includes(null)) {
      const pairs = Object.entries(value).flatMap(([key, each]) => [
        JSON.stringify(key),
        this.print(each, inner ?? 'Object', indent),
      ]);
      return `Map.of(${pairs.join(', ')})`;
    }
    if (isRecord(value)) return this.parsed(value, type);
    return scalar(value, type);
  }

  /** Data that Java code cannot write shortly, read from JSON. */
  parsed(value: JsonValue, type: string): string {
    const target = type.endsWith('>') ? `new TypeReference<${type}>() {}` : `${type}.class`;
    return `mapper.readValue(${JSON.stringify(JSON.stringify(value))}, ${target})`;
  }

  #object(value: Readonly<Record<string, JsonValue>>, type: string, { fields }: ObjectType, indent: string): string {
    const wires = new Set(fields.map(({ wire }) => wire));
    if (Object.keys(value).some((wire) => !wires.has(wire))) return this.parsed(value, type);
    const names = javaFieldNames([...wires]);
    const types = this.#example.parts.get(type) ?? [];
    const calls = fields.flatMap(({ wire }, index) => {
      const each = ownValue(value, wire);
      if (each === undefined) return [];
      const text = this.print(each, types[index] ?? 'Object', `${indent}        `);
      return [`\n${indent}        .${accessor('set', names.get(wire) ?? '')}(${text})`];
    });
    return `new ${type}()${calls.join('')}`;
  }
}

function scalar(value: JsonValue, type: string): string {
  const text = JSON.stringify(value);
  if (typeof value !== 'number') return text;
  if (type === 'Long') return `${text}L`;
  if (type === 'BigDecimal' || type === 'BigInteger') return `new ${type}(${JSON.stringify(text)})`;
  return Number.isInteger(value) && Math.abs(value) >= 2 ** 31 ? `${text}L` : text;
}

function isRecord(value: JsonValue): value is Readonly<Record<string, JsonValue>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
