import type { AliasType, EnumType, Field, NamedType, ObjectType, UnionType } from '../prepare/prepared-types.js';
import { accessor, javaConstantNames, javaFieldNames, javaTypeName } from './java-names.js';
import { javadoc } from './java-text.js';

/** The text of a class. @param texts Types of its fields or members, in their order */
export function printJavaType(type: NamedType, texts: readonly string[], envelope: string): string {
  if (type.kind === 'object') return printClass(type, texts, type.name === envelope);
  if (type.kind === 'enum') return printEnum(type);
  return type.kind === 'union' ? printUnion(type, texts) : printAlias(type, texts[0] ?? 'Object');
}

function printClass(type: ObjectType, texts: readonly string[], isGeneric: boolean): string {
  const name = javaTypeName(type.name);
  const self = isGeneric ? `${name}<T>` : name;
  const names = javaFieldNames(type.fields.map(({ wire }) => wire));
  const fields = type.fields.map((field, index) => ({
    field,
    name: names.get(field.wire) ?? '',
    type: isGeneric && field.wire === 'data' ? 'T' : (texts[index] ?? 'Object'),
  }));
  const members = [
    ...fields.map((each) => printField(each)),
    ...fields.flatMap((each) => [printGetter(each), printSetter(each, self)]),
    [
      '    @Override',
      '    Object[] values() {',
      `        return new Object[] {${fields.map((each) => each.name).join(', ')}};`,
      '    }',
    ],
  ];
  const body = members.flatMap((lines, index) => (index === 0 ? lines : ['', ...lines]));
  return [...docOf(type), `public class ${self} extends EventObject {`, ...body, '}'].join('\n');
}

interface PrintedField {
  readonly field: Field;
  readonly name: string;
  readonly type: string;
}

function printField({ field, name, type }: PrintedField): readonly string[] {
  const include = field.required ? ['    @JsonInclude(JsonInclude.Include.ALWAYS)'] : [];
  return [`    @JsonProperty(${JSON.stringify(field.wire)})`, ...include, `    private ${type} ${name};`];
}

function printGetter({ field, name, type }: PrintedField): readonly string[] {
  const absent = field.required ? undefined : 'Null if it is absent.';
  return [
    ...javadoc([field.description, constantOf(field), absent], '    '),
    ...deprecation(field, '    '),
    `    public ${type} ${accessor('get', name)}() {`,
    `        return ${name};`,
    '    }',
  ];
}

/** `null` in an optional property that may be null is written. In others it means that the property is absent. */
function printSetter({ field, name, type }: PrintedField, self: string): readonly string[] {
  const isNullable = !field.required && (field.type.nullable === true || isAny(field));
  const wire = JSON.stringify(field.wire);
  return [
    ...(isNullable ? [`    @JsonSetter(${wire})`] : []),
    ...deprecation(field, '    '),
    `    public ${self} ${accessor('set', name)}(${type} ${name}) {`,
    `        this.${name} = ${name};`,
    ...(isNullable ? [`        setNull(${wire}, ${name} == null);`] : []),
    '        return this;',
    '    }',
  ];
}

function isAny({ type }: Field): boolean {
  return Object.keys(type).length === 0;
}

function constantOf({ type }: Field): string | undefined {
  return type.text === undefined ? undefined : `Always ${JSON.stringify(type.text)}.`;
}

function printEnum(type: EnumType): string {
  const name = javaTypeName(type.name);
  const names = javaConstantNames(type.values, ['KNOWN']);
  const constants = type.values.map(
    (value) => `    public static final ${name} ${names.get(value)} = new ${name}(${JSON.stringify(value)});`,
  );
  return [
    ...javadoc([type.description, 'Newer values than the constants are kept.']),
    ...deprecation(type, ''),
    `public final class ${name} extends EventText {`,
    ...constants,
    '',
    `    private static final Set<${name}> KNOWN = Set.of(${[...names.values()].join(', ')});`,
    '',
    `    private ${name}(String value) {`,
    '        super(value);',
    '    }',
    '',
    '    @JsonCreator',
    `    public static ${name} of(String value) {`,
    `        return new ${name}(value);`,
    '    }',
    '',
    '    /** Whether the catalog had this value when the models were generated. */',
    '    public boolean isKnown() {',
    '        return KNOWN.contains(this);',
    '    }',
    '}',
  ].join('\n');
}

function printUnion(type: UnionType, texts: readonly string[]): string {
  const name = javaTypeName(type.name);
  const members = [...new Set(texts.filter((text) => /^[\p{L}\p{Nd}_$]+$/u.test(text) && text !== 'Object'))];
  const kinds =
    members.length === 0
      ? 'Any JSON value.'
      : `The JSON value of one of ${members.join(', ')}. Values of other types are kept.`;
  return [
    ...javadoc([type.description, kinds]),
    ...deprecation(type, ''),
    `public final class ${name} extends EventUnion {`,
    '    @JsonCreator(mode = JsonCreator.Mode.DELEGATING)',
    `    public ${name}(JsonNode json) {`,
    '        super(json);',
    '    }',
    ...members.flatMap((member) => [
      '',
      `    public static ${name} of(${member} value) {`,
      `        return new ${name}(toJson(value));`,
      '    }',
      '',
      `    /** @throws IllegalArgumentException if the value is something else */`,
      `    public ${member} as${member}() {`,
      `        return as(${member}.class);`,
      '    }',
    ]),
    '}',
  ].join('\n');
}

function printAlias(type: AliasType, text: string): string {
  const base = text.replace(/^List</, 'ArrayList<').replace(/^Map</, 'LinkedHashMap<');
  const head = `public class ${javaTypeName(type.name)} extends ${base} {`;
  const version = base === text ? ['}'] : ['    private static final long serialVersionUID = 1L;', '}'];
  return [...docOf(type), head, ...version].join('\n');
}

interface Documented {
  readonly description?: string;
  readonly deprecated: boolean;
}

function docOf(type: Documented): readonly string[] {
  return [...javadoc([type.description]), ...deprecation(type, '')];
}

function deprecation({ deprecated }: Documented, indent: string): readonly string[] {
  return deprecated ? [`${indent}@Deprecated`] : [];
}
