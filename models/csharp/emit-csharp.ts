import { CSharpGenerator } from '@asyncapi/modelina';
import type { EventModel } from '@hyvve-events/catalog-model';
import { type ModelinaClass, type ModelinaGenerator, printTypes } from '../modelina/print-types.js';
import { choiceName } from '../modelina/type-schema.js';
import { modelsFile } from '../models-file.js';
import type { EmittedModelFile, ModelsOptions } from '../models-options.js';
import { pascalCase, Scope } from '../names.js';
import type { PreparedModels } from '../prepare/prepare-models.js';
import type { Field, FlatType, NamedType, ObjectType } from '../prepare/prepared-types.js';
import { wrapText } from '../wrap-text.js';

/** Names of the libraries that the file uses. */
const used = new Set([
  'Dictionary',
  'JsonElement',
  'JsonExtensionData',
  'JsonIgnore',
  'JsonPropertyName',
  'List',
  'Object',
  'String',
]);

/** Experimental: one file of C# with classes for System.Text.Json. No test compiles it. */
export async function emitCSharp(
  model: EventModel,
  prepared: PreparedModels,
  { header, package: name }: ModelsOptions,
): Promise<readonly EmittedModelFile[]> {
  const types = [...prepared.types, ...prepared.envelope];
  const byName = new Map(types.map((type) => [type.name, type]));
  const nameOf = (type: string) => textOf(byName, type);
  const texts = await printTypes(
    types,
    (print) => csharpGenerator(print, nameOf),
    (type, parts) => (type.kind === 'object' ? printClass(type, parts, type.name === prepared.envelopeName) : ''),
  );
  const classes = [...texts.values()].filter((text) => text !== '');
  const file = `${name}.cs`;
  const uses = ['System.Collections.Generic', 'System.Text.Json', 'System.Text.Json.Serialization'];
  const head = [`// ${header}`, '#nullable enable', ...uses.map((each) => `using ${each};`), '', `namespace ${name};`];
  const json = modelsFile('csharp', name, model, (event) => ({
    file,
    model: prepared
      .typesFor(event)
      .flatMap((type) => texts.get(type.name) || [])
      .join('\n\n'),
  }));
  return [
    { path: file, text: `${head.join('\n')}\n\n${classes.join('\n\n')}\n` },
    { path: 'models.json', text: `${JSON.stringify(json, undefined, 2)}\n` },
  ];
}

function csharpGenerator(print: (model: ModelinaClass) => string, nameOf: (name: string) => string): ModelinaGenerator {
  return new CSharpGenerator({
    constraints: {
      modelName: ({ modelName }) => modelName,
      propertyKey: ({ constrainedObjectPropertyModel }) => constrainedObjectPropertyModel.unconstrainedPropertyName,
    },
    typeMapping: {
      Reference: ({ constrainedModel: { name } }) => (name === choiceName ? 'JsonElement' : nameOf(name)),
      Any: () => 'JsonElement',
      Float: () => 'decimal',
      Integer: () => 'long',
      String: () => 'string',
      Boolean: () => 'bool',
      Array: ({ constrainedModel: model }) => `List<${model.valueModel.type}>`,
      Dictionary: ({ constrainedModel: model }) => `Dictionary<string, ${model.value.type}>`,
      Union: () => 'JsonElement',
    },
    presets: [{ class: { self: ({ model }) => print(model) } }],
  });
}

/** C# has no names for existing types in a file that others use: only objects are classes. */
function textOf(types: ReadonlyMap<string, NamedType>, name: string): string {
  const type = types.get(name);
  if (type?.kind === 'enum') return 'string';
  if (type?.kind === 'alias') return textOfFlat(types, type.type);
  return type?.kind === 'object' ? className(name) : 'JsonElement';
}

function textOfFlat(types: ReadonlyMap<string, NamedType>, { ref, items, values, scalar }: FlatType): string {
  if (ref !== undefined) return textOf(types, ref);
  if (items !== undefined) return `List<${textOfFlat(types, items)}>`;
  if (values !== undefined) return `Dictionary<string, ${textOfFlat(types, values)}>`;
  const texts = { string: 'string', integer: 'long', bigInteger: 'JsonElement', number: 'decimal', boolean: 'bool' };
  return scalar === undefined ? 'JsonElement' : texts[scalar];
}

function className(name: string): string {
  const plain = name.replaceAll(/[^\p{L}\p{Nd}_]/gu, '_');
  return used.has(plain) ? `${plain}_` : plain;
}

function printClass(type: ObjectType, texts: readonly string[], isGeneric: boolean): string {
  const scope = new Scope([
    className(type.name),
    'AdditionalProperties',
    'Equals',
    'GetHashCode',
    'GetType',
    'ToString',
    'MemberwiseClone',
  ]);
  const fields = type.fields.flatMap((field, index) => {
    const text = isGeneric && field.wire === 'data' ? 'T' : (texts[index] ?? 'JsonElement');
    return [...printField(field, scope.take(propertyName(field.wire)), text), ''];
  });
  return [
    ...docOf(type.description, ''),
    `public class ${className(type.name)}${isGeneric ? '<T>' : ''}`,
    '{',
    ...fields,
    '    /// <summary>Properties that the catalog did not describe.</summary>',
    '    [JsonExtensionData]',
    '    public Dictionary<string, JsonElement>? AdditionalProperties { get; set; }',
    '}',
  ].join('\n');
}

function printField(field: Field, name: string, text: string): readonly string[] {
  const isNullable = !field.required || field.type.nullable === true;
  const condition = field.required ? 'Never' : 'WhenWritingNull';
  const value = isNullable ? '' : ' = default!;';
  return [
    ...docOf(field.description, '    '),
    `    [JsonPropertyName(${JSON.stringify(field.wire)})]`,
    `    [JsonIgnore(Condition = JsonIgnoreCondition.${condition})]`,
    `    public ${text}${isNullable ? '?' : ''} ${name} { get; set; }${value}`,
  ];
}

function propertyName(wire: string): string {
  const name = pascalCase(wire).replaceAll(/[^\p{L}\p{Nd}_]/gu, '');
  return /^\p{L}/u.test(name) ? name : `Property${name}`;
}

function docOf(description: string | undefined, indent: string): readonly string[] {
  if (description === undefined || description.trim() === '') return [];
  const escaped = description.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
  const lines = wrapText(escaped, 100 - indent.length);
  if (lines.length === 1) return [`${indent}/// <summary>${lines[0]}</summary>`];
  return ['<summary>', ...lines, '</summary>'].map((line) => `${indent}/// ${line}`.trimEnd());
}
