import type {
  AliasType,
  EnumType,
  Field,
  FlatType,
  NamedType,
  ObjectType,
  UnionType,
} from '../prepare/prepared-types.js';
import { type GoNames, goFieldNames, goMemberName } from './go-names.js';
import { goComment, goString } from './go-text.js';
import { isNilable } from './go-types.js';

/** What a type is printed with. */
export interface GoContext {
  readonly names: GoNames;
  /** Types by name, for the kinds of references. */
  readonly types: ReadonlyMap<string, NamedType>;
  /** The type that is generic in its data. */
  readonly envelope: string;
  /** Filled while types are printed, by name in Go: the types of fields, or of an alias. */
  readonly parts: Map<string, readonly string[]>;
  /** Filled while types are printed, by name in Go: the constants of an enum by value. */
  readonly constants: Map<string, ReadonlyMap<string, string>>;
}

/** The text of a type with its methods. @param texts Types of its fields or members, in their order */
export function printGoType(type: NamedType, texts: readonly string[], context: GoContext): string {
  if (type.kind === 'object') return printStruct(type, texts, context);
  if (type.kind === 'enum') return printEnum(type, context);
  return type.kind === 'union' ? printUnion(type, texts, context) : printAlias(type, texts, context);
}

function printStruct(type: ObjectType, texts: readonly string[], context: GoContext): string {
  const name = context.names.type(type.name);
  const isEnvelope = type.name === context.envelope;
  const fieldNames = goFieldNames(type.fields.map(({ wire }) => wire));
  const types = type.fields.map((field, index) =>
    isEnvelope && field.wire === 'data' ? 'T' : fieldType(field, texts[index] ?? '', context),
  );
  context.parts.set(name, types);
  const fields = type.fields.map((field, index) =>
    printField(field, fieldNames.get(field.wire) ?? '', types[index] ?? '', context),
  );
  const [parameters, receiver] = isEnvelope ? ['[T any]', `${name}[T]`] : ['', name];
  return [
    ...docOf(name, type),
    `type ${name}${parameters} struct {`,
    ...fields.flatMap((field) => [...field, '']),
    '\t// Properties that the catalog did not describe, and optional properties that were null.',
    '\tAdditionalProperties map[string]json.RawMessage `json:"-"`',
    '}',
    '',
    '// UnmarshalJSON implements json.Unmarshaler.',
    `func (m *${receiver}) UnmarshalJSON(data []byte) error {`,
    '\treturn unmarshalObject(data, m, &m.AdditionalProperties)',
    '}',
    '',
    '// MarshalJSON implements json.Marshaler.',
    `func (m ${receiver}) MarshalJSON() ([]byte, error) {`,
    '\treturn marshalObject(m, m.AdditionalProperties)',
    '}',
  ].join('\n');
}

/** What may be absent is a pointer, unless it can be nil itself. */
function fieldType(field: Field, text: string, { types }: GoContext): string {
  const target = field.type.ref === undefined ? undefined : types.get(field.type.ref);
  const isList = target?.kind === 'alias' && isNilableAlias(target, types);
  if (isList) return text.replace(/^\*/, '');
  return field.required || isNilable(text) ? text : `*${text}`;
}

function isNilableAlias({ type }: AliasType, types: ReadonlyMap<string, NamedType>): boolean {
  const target = type.ref === undefined ? undefined : types.get(type.ref);
  if (target !== undefined) return type.nullable === true || (target.kind === 'alias' && isNilableAlias(target, types));
  return type.scalar === undefined || type.nullable === true;
}

/** Whether the type, or what it is a name for, allows `null`. */
function allowsNull({ ref, nullable }: FlatType, types: ReadonlyMap<string, NamedType>): boolean {
  const target = ref === undefined ? undefined : types.get(ref);
  return nullable === true || (target?.kind === 'alias' && allowsNull(target.type, types));
}

function printField(field: Field, name: string, type: string, { types }: GoContext): readonly string[] {
  const always = field.type.text === undefined ? '' : `Always ${goString(field.type.text)}.`;
  const doc = [field.description, always, deprecation(field)].filter((part) => part !== undefined && part !== '');
  return [
    ...goComment(doc.join('\n\n'), '\t'),
    `\t${name} ${type} ${tagOf(field, !/^(\*|json)/.test(type) && allowsNull(field.type, types))}`,
  ];
}

/** Names that encoding/json refuses in its tag are in a tag of their own. Without `nullable`, a list that is nil is written as `[]`. */
function tagOf({ wire, required }: Field, isNullable: boolean): string {
  const nullable = required && isNullable ? ' nullable:"true"' : '';
  const options = required ? '' : ',omitempty';
  if (/^[\p{L}\p{N}_$@.:/+*~^%&()[\]{}|;<>=?!# -]+$/u.test(wire) && wire !== '-') {
    return `\`json:"${wire}${options}"${nullable}\``;
  }
  return goString(`json:"-" property:${goString(wire)}${required ? '' : ' optional:"true"'}${nullable}`);
}

function printEnum(type: EnumType, { names, constants }: GoContext): string {
  const name = names.type(type.name);
  const members = type.values.map((value) => ({ value, key: names.take(`${name}${goMemberName(value)}`) }));
  constants.set(name, new Map(members.map(({ value, key }) => [value, key])));
  const width = Math.max(...members.map(({ key }) => [...key].length));
  return [
    ...docOf(name, type),
    `type ${name} string`,
    '',
    `// Known values of ${name}. Newer values are kept.`,
    'const (',
    ...members.map(({ key, value }) => `\t${key}${' '.repeat(width - [...key].length)} ${name} = ${goString(value)}`),
    ')',
  ].join('\n');
}

function printUnion(type: UnionType, texts: readonly string[], { names }: GoContext): string {
  const name = names.type(type.name);
  const members = [...new Set(texts.filter((text) => /^[\p{L}\p{Nd}_]+$/u.test(text)))];
  const methods = members.flatMap((member) => {
    const label = member.charAt(0).toUpperCase() + member.slice(1);
    return [
      '',
      `// As${label} reads the value as ${member}.`,
      `func (u ${name}) As${label}() (${member}, error) {`,
      `\treturn decodeAs[${member}](u.RawMessage)`,
      '}',
      '',
      `// ${name}Of${label} makes a value from ${member}.`,
      `func ${name}Of${label}(value ${member}) (${name}, error) {`,
      '\traw, err := json.Marshal(value)',
      `\treturn ${name}{raw}, err`,
      '}',
    ];
  });
  const kinds =
    members.length === 0
      ? 'Any JSON value.'
      : `The JSON value of one of ${members.join(', ')}. Values of other types are kept.`;
  const doc = [type.description, kinds].filter((part) => part !== undefined).join('\n\n');
  return [
    ...docOf(name, { ...type, description: doc }),
    `type ${name} struct {`,
    '\tjson.RawMessage',
    '}',
    ...methods,
  ].join('\n');
}

function printAlias(type: AliasType, texts: readonly string[], { names, parts }: GoContext): string {
  const name = names.type(type.name);
  parts.set(name, texts);
  return [...docOf(name, type), `type ${name} = ${texts[0]}`].join('\n');
}

interface Documented {
  readonly description?: string;
  readonly deprecated: boolean;
}

function docOf(name: string, type: Documented): readonly string[] {
  const text = [
    type.description === undefined ? `${name} is a type of the catalog.` : `${name}: ${type.description.trim()}`,
    deprecation(type),
  ];
  return goComment(text.filter((part) => part !== undefined).join('\n\n'));
}

function deprecation({ deprecated }: Documented): string | undefined {
  return deprecated ? 'Deprecated: the catalog marks it.' : undefined;
}
