import type { Field, NamedType, ObjectType } from '../prepare/prepared-types.js';
import { wrapText } from '../wrap-text.js';
import { fieldNames, memberNames, pythonTypeName, usualWire } from './python-names.js';

/** Characters in a line, as Black and Ruff format it. */
export const lineWidth = 88;

/** How a class begins. */
export interface ClassHead {
  /** Further base classes: `Generic[DataT]`. Default: none. */
  readonly bases?: readonly string[];
  /** Types of fields by name in JSON, instead of their own. */
  readonly types?: Readonly<Record<string, string>>;
}

/** The text of a type. @param texts Types of its fields or members, in their order */
export function printPythonType(type: NamedType, texts: readonly string[], head: ClassHead = {}): string {
  const name = pythonTypeName(type.name);
  if (type.kind === 'object') return printClass(type, texts, head);
  if (type.kind === 'enum') {
    const names = memberNames(type.values);
    const members = type.values.map((value) => `    ${names.get(value)} = ${JSON.stringify(value)}`);
    return [`class ${name}(OpenEnum):`, ...docOf(type, '    '), ...members].join('\n');
  }
  return [`${name} = ${type.kind === 'union' ? unionOf(texts) : texts[0]}`, ...docOf(type, '').slice(0, -1)].join('\n');
}

/** The first type that fits; what fits none is kept as it is. */
function unionOf(texts: readonly string[]): string {
  return `Annotated[${[...new Set([...texts.filter((text) => text !== 'Any'), 'Any'])].join(' | ')}, Field(union_mode="left_to_right")]`;
}

function printClass(type: ObjectType, texts: readonly string[], { bases = [], types = {} }: ClassHead): string {
  const names = fieldNames(type.fields.map(({ wire }) => wire));
  const fields = type.fields.map((field, index) => {
    const text = Object.hasOwn(types, field.wire) ? (types[field.wire] ?? '') : (texts[index] ?? '');
    return printField(field, names.get(field.wire) ?? '', text);
  });
  const doc = docOf(type, '    ');
  const body =
    fields.length === 0 && doc.length === 0
      ? ['    pass']
      : fields.flatMap((field, index) => (index === 0 ? field : ['', ...field]));
  const lines = [`class ${pythonTypeName(type.name)}(${['EventData', ...bases].join(', ')}):`, ...doc, ...body];
  return lines.join('\n').trimEnd();
}

function printField(field: Field, name: string, text: string): readonly string[] {
  const isOptional = !field.required;
  const type = isOptional && !/(^Any|\| None)$/.test(text) ? `${text} | None` : text;
  const alias = usualWire(name) === field.wire ? undefined : aliasesOf(field.wire);
  const line = `    ${name}: ${type}${defaultOf(isOptional, alias)}`;
  return [line, ...docOf(field, '    ').filter((each) => each !== '')];
}

/** Type checkers take `alias` for the name of the parameter, but not these two. */
function aliasesOf(wire: string): string {
  const text = JSON.stringify(wire);
  return `validation_alias=${text}, serialization_alias=${text}`;
}

function defaultOf(isOptional: boolean, alias: string | undefined): string {
  if (alias === undefined) return isOptional ? ' = None' : '';
  return ` = Field(${isOptional ? 'default=None, ' : ''}${alias})`;
}

interface Documented {
  readonly description?: string;
  readonly deprecated: boolean;
}

/** A docstring and an empty line; nothing if there is no description. */
function docOf({ description, deprecated }: Documented, indent: string): readonly string[] {
  const text = [description, ...(deprecated ? ['Deprecated.'] : [])].filter((part) => part !== undefined).join('\n\n');
  return text.trim() === '' ? [] : [...docstring(text, indent), ''];
}

/** A text as a docstring that nothing in it can end. */
export function docstring(text: string, indent: string): readonly string[] {
  const [first = '', ...rest] = wrapText(text, lineWidth - indent.length).map((line) =>
    line.replaceAll('\\', '\\\\').replaceAll('"""', '\\"\\"\\"'),
  );
  const isShort = rest.length === 0 && indent.length + first.length + 6 <= lineWidth;
  if (isShort) return [`${indent}"""${first.replace(/"$/, '\\"')}"""`];
  const lines = [`"""${first}`, ...rest].map((line) => (line === '' ? '' : indent + line));
  return [...lines, `${indent}"""`];
}
