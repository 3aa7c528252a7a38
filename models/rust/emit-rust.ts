import { RustGenerator } from '@asyncapi/modelina';
import type { EventModel } from '@hyvve-events/catalog-model';
import { type ModelinaClass, type ModelinaGenerator, printTypes } from '../modelina/print-types.js';
import { bigFormat, choiceName } from '../modelina/type-schema.js';
import { modelsFile } from '../models-file.js';
import type { EmittedModelFile, ModelsOptions } from '../models-options.js';
import { pascalCase, Scope, snakeCase } from '../names.js';
import type { PreparedModels } from '../prepare/prepare-models.js';
import type { Field, NamedType, ObjectType } from '../prepare/prepared-types.js';
import { wrapText } from '../wrap-text.js';

const keywords = new Set([
  ...[
    'as',
    'async',
    'await',
    'break',
    'const',
    'continue',
    'crate',
    'dyn',
    'else',
    'enum',
    'extern',
    'false',
    'fn',
    'for',
  ],
  ...[
    'if',
    'impl',
    'in',
    'let',
    'loop',
    'match',
    'mod',
    'move',
    'mut',
    'pub',
    'ref',
    'return',
    'self',
    'static',
    'struct',
  ],
  ...['super', 'trait', 'true', 'type', 'unsafe', 'use', 'where', 'while', 'abstract', 'become', 'box', 'do', 'final'],
  ...['macro', 'override', 'priv', 'try', 'typeof', 'unsized', 'virtual', 'yield', 'additional_properties'],
]);

/** Names that every Rust module has. */
const prelude = new Set([
  'Box',
  'Option',
  'Some',
  'None',
  'Result',
  'Ok',
  'Err',
  'String',
  'Vec',
  'Self',
  'Value',
  'Map',
  'Number',
]);

/** Experimental: one module of Rust with structs for serde. No test compiles it. */
export async function emitRust(
  model: EventModel,
  prepared: PreparedModels,
  { header, package: name }: ModelsOptions,
): Promise<readonly EmittedModelFile[]> {
  const types = [...prepared.types, ...prepared.envelope];
  const texts = await printTypes(types, rustGenerator, (type, parts) => printType(type, parts, prepared.envelopeName));
  const file = `src/${name.replaceAll('.', '_')}.rs`;
  const uses = ['use serde::{Deserialize, Serialize};', 'use serde_json::{Map, Number, Value};'].join('\n');
  const json = modelsFile('rust', name, model, (event) => ({
    file,
    model: prepared
      .typesFor(event)
      .map((type) => texts.get(type.name) ?? '')
      .join('\n\n'),
  }));
  return [
    { path: file, text: `// ${header}\n\n${uses}\n\n${[...texts.values()].join('\n\n')}\n` },
    { path: 'models.json', text: `${JSON.stringify(json, undefined, 2)}\n` },
  ];
}

interface Nullable {
  readonly options: { readonly isNullable?: boolean };
}

const orNone = (type: string, { options }: Nullable) => (options.isNullable === true ? `Option<${type}>` : type);

function rustGenerator(print: (model: ModelinaClass) => string): ModelinaGenerator {
  return new RustGenerator({
    constraints: {
      modelName: ({ modelName }) => modelName,
      propertyKey: ({ constrainedObjectPropertyModel }) => constrainedObjectPropertyModel.unconstrainedPropertyName,
    },
    typeMapping: {
      // A struct that contains itself needs a pointer.
      Reference: ({ constrainedModel: model }) =>
        model.name === choiceName ? 'Value' : orNone(`Box<${typeName(model.name)}>`, model),
      Any: () => 'Value',
      Float: ({ constrainedModel }) => orNone('Number', constrainedModel),
      Integer: ({ constrainedModel: model }) => orNone(model.options.format === bigFormat ? 'Number' : 'i64', model),
      String: ({ constrainedModel }) => orNone('String', constrainedModel),
      Boolean: ({ constrainedModel }) => orNone('bool', constrainedModel),
      Array: ({ constrainedModel: model }) => orNone(`Vec<${model.valueModel.type}>`, model),
      Dictionary: ({ constrainedModel: model }) =>
        orNone(`std::collections::BTreeMap<String, ${model.value.type}>`, model),
      Union: () => 'Value',
    },
    presets: [{ struct: { self: ({ model }) => print(model) } }],
  });
}

function typeName(name: string): string {
  const plain = name.replaceAll(/[^\p{XIDC}]/gu, '_');
  return prelude.has(plain) ? `${plain}_` : plain;
}

function printType(type: NamedType, texts: readonly string[], envelope: string): string {
  const name = typeName(type.name);
  if (type.kind === 'object') return printStruct(type, texts, type.name === envelope);
  const target = type.kind === 'alias' ? (texts[0] ?? 'Value') : type.kind === 'union' ? 'Value' : 'String';
  const known =
    type.kind === 'enum' ? `Known values: ${type.values.map((value) => JSON.stringify(value)).join(', ')}.` : undefined;
  return [...docOf([type.description, known], ''), `pub type ${name} = ${target};`].join('\n');
}

function printStruct(type: ObjectType, texts: readonly string[], isGeneric: boolean): string {
  const scope = new Scope(keywords);
  const fields = type.fields.flatMap((field, index) => {
    const text = isGeneric && field.wire === 'data' ? 'T' : (texts[index] ?? 'Value');
    return printField(field, scope.take(fieldName(field.wire), '_'), text);
  });
  return [
    ...docOf([type.description], ''),
    '#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]',
    `pub struct ${typeName(type.name)}${isGeneric ? '<T>' : ''} {`,
    ...fields,
    '    /// Properties that the catalog did not describe.',
    '    #[serde(flatten)]',
    '    pub additional_properties: Map<String, Value>,',
    '}',
  ].join('\n');
}

function printField(field: Field, name: string, text: string): readonly string[] {
  const optional = field.required ? '' : ', default, skip_serializing_if = "Option::is_none"';
  // For serde, null and absent are the same unless an optional value is nested.
  const type = field.required ? text : `Option<${text.replace(/^Option<(.*)>$/, '$1')}>`;
  return [
    ...docOf([field.description], '    '),
    `    #[serde(rename = ${JSON.stringify(field.wire)}${optional})]`,
    `    pub ${name}: ${type},`,
  ];
}

function fieldName(wire: string): string {
  const name = snakeCase(wire);
  if (keywords.has(name)) return `${name}_`;
  return /^\p{XIDS}\p{XIDC}*$/u.test(name)
    ? name
    : `field_${name.replaceAll(/[^\p{XIDC}]/gu, '') || pascalCase(wire).length}`;
}

function docOf(paragraphs: readonly (string | undefined)[], indent: string): readonly string[] {
  const text = paragraphs.filter((part) => part !== undefined).join('\n\n');
  return text.trim() === '' ? [] : wrapText(text, 100 - indent.length).map((line) => `${indent}/// ${line}`.trimEnd());
}
