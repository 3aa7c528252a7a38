import { Scope, snakeCase } from '../names.js';

/** Words that cannot be names, and names that a class or a module of models uses itself. */
const keywords = [
  ...['False', 'None', 'True', 'and', 'as', 'assert', 'async', 'await', 'break', 'class', 'continue', 'def', 'del'],
  ...['elif', 'else', 'except', 'finally', 'for', 'from', 'global', 'if', 'import', 'in', 'is', 'lambda', 'nonlocal'],
  ...['not', 'or', 'pass', 'raise', 'return', 'try', 'while', 'with', 'yield', 'match', 'case', 'type'],
];
/** Words with a meaning only in some places: they can be names. */
const softKeywords = ['match', 'case', 'type'];

const typeNames = ['str', 'list', 'dict', 'int', 'float', 'bool', 'property', 'classmethod'];
const pydanticNames = [
  ...['copy', 'construct', 'dict', 'from_orm', 'json', 'parse_file', 'parse_obj', 'parse_raw', 'schema', 'schema_json'],
  ...['update_forward_refs', 'validate', 'self', 'cls'],
];
const importedNames = [
  ...['Any', 'Annotated', 'BaseModel', 'Boolean', 'ConfigDict', 'EventData', 'Field', 'Generic', 'Integer', 'Literal'],
  ...['Number', 'OpenEnum', 'TypeVar', 'DataT', 'None', 'True', 'False'],
  // What modules with publish functions, and the examples, import.
  ...['Context', 'Published', 'Publisher', 'Redis', 'Unpack'],
];

/** `type` is a name in Python, and usual for a field. */
const reservedFields = [...keywords.filter((word) => !softKeywords.includes(word)), ...typeNames, ...pydanticNames];

/** Whether a word cannot be part of a package's name. */
export function isPythonKeyword(word: string): boolean {
  return keywords.includes(word) && !softKeywords.includes(word);
}

/** Whether a name cannot be that of a module. */
export function isKeyword(name: string): boolean {
  return keywords.includes(name);
}

/** Name of a type in Python: the SDK's, with `_` where the module uses that name itself. */
export function pythonTypeName(name: string): string {
  const plain = name.replaceAll('$', '_');
  return importedNames.includes(plain) || keywords.includes(plain) ? `${plain}_` : plain;
}

/** Field names of a class, by the names in JSON. */
export function fieldNames(wires: readonly string[]): ReadonlyMap<string, string> {
  const scope = new Scope(reservedFields);
  return new Map(wires.map((wire) => [wire, scope.take(fieldName(wire), '_')]));
}

function fieldName(wire: string): string {
  const name = snakeCase(wire).normalize('NFKC');
  if (name === '') return 'field';
  if (!/^\p{XIDS}[\p{XIDC}]*$/u.test(name)) return `field_${name.replaceAll(/[^\p{XIDC}]/gu, '')}`;
  // Names of pydantic's own methods begin so.
  return reservedFields.includes(name) || name.startsWith('model_') ? `${name}_` : name;
}

/** The name in JSON that a field has without an alias. The base class of the models computes the same. */
export function usualWire(name: string): string {
  const [first = '', ...rest] = name.split('_');
  return first + rest.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join('');
}

/** Names of an enum's members, by value. */
export function memberNames(values: readonly string[]): ReadonlyMap<string, string> {
  // `name` and `value` are attributes of every member.
  const scope = new Scope(['mro', 'name', 'value', 'MRO']);
  return new Map(values.map((value) => [value, scope.take(memberName(value), '_')]));
}

function memberName(value: string): string {
  const name = snakeCase(value).toUpperCase().normalize('NFKC');
  if (name === '') return value === '' ? 'EMPTY' : 'VALUE';
  return /^\p{XIDS}\p{XIDC}*$/u.test(name) ? name : `VALUE_${name.replaceAll(/[^\p{XIDC}]/gu, '')}`;
}
