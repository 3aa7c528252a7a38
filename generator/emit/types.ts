import type { ConstrainedObjectPropertyModel, MetaModel } from '@asyncapi/modelina';
import type { JsonSchema, SchemaModel } from '../model.js';
import { schemaDoc } from '../print/schema-doc.js';
import { propertyKey } from '../print/text.js';
import {
  indexSignature,
  isPlainObject,
  propertyNames,
  propertySchema,
  referredName,
  requiredOf,
  typeExpression,
} from '../print/type-expression.js';

/** The exported TypeScript declaration of every schema, with its JSDoc, by the schema's name. */
export async function renderTypes(schemas: readonly SchemaModel[]): Promise<ReadonlyMap<string, string>> {
  const known = new Map(schemas.map((schema) => [schema.name, schema.schema]));
  const declarations = await renderInterfaces(
    schemas.filter((schema) => isPlainObject(schema.schema)),
    known,
  );
  for (const { name, schema } of schemas) {
    if (!declarations.has(name)) declarations.set(name, `type ${name} = ${typeExpression(schema)};`);
  }
  const described = schemas.map(({ name, schema }) => {
    const doc = schemaDoc(schema);
    return [name, `${doc === '' ? '' : `${doc}\n`}export ${declarations.get(name)}`] as const;
  });
  return new Map(described);
}

/**
 * Interfaces are modelina's. It gets its own meta models, not JSON Schema: its interpreter of schemas renames, merges and
 * loses things (docs/decisions/0013-types-through-modelina.md), its renderer does not, and is four times as fast alone.
 */
async function renderInterfaces(
  schemas: readonly SchemaModel[],
  known: ReadonlyMap<string, JsonSchema>,
): Promise<Map<string, string>> {
  if (schemas.length === 0) return new Map();
  const modelina = await import('@asyncapi/modelina');
  const {
    AnyModel,
    BooleanModel,
    FloatModel,
    InputMetaModel,
    IntegerModel,
    ObjectModel,
    ObjectPropertyModel,
    StringModel,
  } = modelina;

  const simple = { string: StringModel, number: FloatModel, integer: IntegerModel, boolean: BooleanModel };
  const propertyModel = (name: string, schema: JsonSchema): MetaModel => {
    const doc = schemaDoc(schema, referredSchema(schema, known), 2);
    const type = typeExpression(schema);
    const kind = typeof schema === 'object' && Object.keys(simple).find((key) => key === schema.type && isBare(schema));
    if (kind) return new simple[kind as keyof typeof simple](name, { doc }, {});
    return new AnyModel(name, { doc, type }, {});
  };

  const input = new InputMetaModel();
  const indexes = new Map<string, string>();
  for (const { name, schema } of schemas) {
    if (!isPlainObject(schema)) continue;
    const required = new Set(requiredOf(schema));
    const properties = propertyNames(schema).map((property) => {
      const model = propertyModel(property, propertySchema(schema, property));
      return [property, new ObjectPropertyModel(property, required.has(property), model)] as const;
    });
    input.models[name] = new ObjectModel(name, {}, {}, Object.fromEntries(properties));
    const index = indexSignature(schema);
    if (index !== undefined) indexes.set(name, index);
  }

  const generator = new modelina.TypeScriptGenerator({
    modelType: 'interface',
    // Names are the model's: modelina's own constraints would rename them.
    constraints: {
      modelName: ({ modelName }) => modelName,
      propertyKey: ({ objectPropertyModel }) => objectPropertyModel.propertyName,
    },
    typeMapping: { Any: ({ constrainedModel }) => constrainedModel.originalInput.type },
    presets: [
      {
        interface: {
          property: ({ property }) => propertyLine(property),
          additionalContent: ({ model }) => indexes.get(model.name) ?? '',
        },
      },
    ],
  });
  const rendered = await generator.generate(input);
  // Modelina puts an empty line before additional content.
  return new Map(rendered.map(({ modelName, result }) => [modelName, result.replaceAll(/\n\s*\n/g, '\n')]));
}

function propertyLine({ property, propertyName, required }: ConstrainedObjectPropertyModel): string {
  const { doc } = property.originalInput as { doc: string };
  const line = `readonly ${propertyKey(propertyName)}${required ? '' : '?'}: ${property.type};`;
  return doc === '' ? line : `${doc}\n${line}`;
}

/** True when the type alone says what TypeScript can say. */
function isBare(schema: Exclude<JsonSchema, boolean>): boolean {
  return ['$ref', 'const', 'enum', 'allOf', 'anyOf', 'oneOf'].every((keyword) => schema[keyword] === undefined);
}

function referredSchema(schema: JsonSchema, known: ReadonlyMap<string, JsonSchema>): JsonSchema | undefined {
  if (typeof schema === 'boolean' || typeof schema.$ref !== 'string') return undefined;
  return known.get(referredName(schema.$ref));
}
