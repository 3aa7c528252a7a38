import { camelCase, constantCase, Scope } from '../names.js';

const keywords = [
  ...['abstract', 'assert', 'boolean', 'break', 'byte', 'case', 'catch', 'char', 'class', 'const', 'continue'],
  ...['default', 'do', 'double', 'else', 'enum', 'extends', 'false', 'final', 'finally', 'float', 'for', 'goto', 'if'],
  ...['implements', 'import', 'instanceof', 'int', 'interface', 'long', 'native', 'new', 'null', 'package', 'private'],
  ...['protected', 'public', 'return', 'short', 'static', 'strictfp', 'super', 'switch', 'synchronized', 'this'],
  ...['throw', 'throws', 'transient', 'true', 'try', 'void', 'volatile', 'while', '_'],
];

/** Classes that the models use: a type of the catalog with such a name gets `_`. */
const usedClasses = [
  ...['ArrayList', 'Arrays', 'BigDecimal', 'BigInteger', 'Boolean', 'Class', 'EventObject', 'EventText', 'EventType'],
  ...['EventTypes', 'EventUnion', 'IllegalArgumentException', 'JsonAnyGetter', 'JsonAnySetter', 'JsonAutoDetect'],
  ...['JsonCreator', 'JsonInclude', 'JsonNode', 'JsonProcessingException', 'JsonProperty', 'JsonSetter', 'JsonValue'],
  ...['LinkedHashMap', 'List', 'Long', 'Map', 'Object', 'ObjectMapper', 'Objects', 'Override', 'Set', 'String', 'T'],
  ...[
    'TreeSet',
    'TypeReference',
    'UUID',
    'Instant',
    'ZoneOffset',
    'DateTimeFormatter',
    'Example',
    'Void',
    'record',
    'sealed',
    'permits',
    'var',
    'yield',
    'Deprecated',
  ],
];

/** Whether a word cannot be part of a package's name. */
export function isJavaKeyword(word: string): boolean {
  return keywords.includes(word);
}

/** Name of a class: the SDK's, with `_` where the models use that name themselves. */
export function javaTypeName(name: string): string {
  const plain = name.replaceAll(/[^\p{L}\p{Nd}_$]/gu, '');
  return usedClasses.includes(plain) || keywords.includes(plain) ? `${plain}_` : plain;
}

/** Field names of a class, by the names in JSON. */
export function javaFieldNames(wires: readonly string[]): ReadonlyMap<string, string> {
  // Their getters exist already.
  const scope = new Scope([...keywords, 'class', 'additionalProperties']);
  const unique = new Scope();
  return new Map(
    wires.map((wire) => {
      const name = identifier(camelCase(wire), 'field');
      const free = scope.take(keywords.includes(name) || name === 'additionalProperties' ? `${name}_` : name);
      // `aB` and `AB` have the same getter.
      return [wire, unique.take(capital(free)) === capital(free) ? free : scope.take(`${free}_`)];
    }),
  );
}

/** `approvalId`: `getApprovalId` with the prefix `get`. */
export function accessor(prefix: 'get' | 'set', field: string): string {
  return prefix + capital(field);
}

/** Names of an enum's constants, by value. */
export function javaConstantNames(
  values: readonly string[],
  taken: readonly string[] = [],
): ReadonlyMap<string, string> {
  const scope = new Scope([...taken, '_']);
  return new Map(
    values.map((value) => [value, scope.take(identifier(constantCase(value), value === '' ? 'EMPTY' : 'VALUE'), '_')]),
  );
}

function identifier(name: string, other: string): string {
  const plain = name.replaceAll(/[^\p{L}\p{Nd}_]/gu, '');
  if (plain === '') return other;
  return /^\p{Nd}/u.test(plain) ? `${other}_${plain}` : plain;
}

function capital(name: string): string {
  return name.charAt(0).toUpperCase() + name.slice(1);
}
