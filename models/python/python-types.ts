import { PythonGenerator } from '@asyncapi/modelina';
import type { ModelinaClass, ModelinaGenerator } from '../modelina/print-types.js';

interface Nullable {
  readonly options: { readonly isNullable?: boolean };
}

const orNone = (type: string, { options }: Nullable) => (options.isNullable === true ? `${type} | None` : type);

/** A generator that writes types of Python 3.10. @param nameOf Name in Python of a schema. */
export function pythonGenerator(
  print: (model: ModelinaClass) => string,
  nameOf: (name: string) => string,
): ModelinaGenerator {
  return new PythonGenerator({
    constraints: {
      modelName: ({ modelName }) => modelName,
      propertyKey: ({ constrainedObjectPropertyModel }) => constrainedObjectPropertyModel.unconstrainedPropertyName,
    },
    typeMapping: {
      Reference: ({ constrainedModel: model }) => orNone(nameOf(model.name), model),
      Any: () => 'Any',
      Float: ({ constrainedModel }) => orNone('Number', constrainedModel),
      Integer: ({ constrainedModel }) => orNone('Integer', constrainedModel),
      String: ({ constrainedModel: model }) => orNone(textType(model.options.const?.originalInput), model),
      Boolean: ({ constrainedModel }) => orNone('Boolean', constrainedModel),
      Array: ({ constrainedModel: model }) => orNone(`list[${model.valueModel.type}]`, model),
      Dictionary: ({ constrainedModel: model }) => orNone(`dict[str, ${model.value.type}]`, model),
      Union: ({ constrainedModel: model }) => orNone(model.union.map(({ type }) => type).join(' | '), model),
    },
    presets: [{ class: { self: ({ model }) => print(model) } }],
  });
}

function textType(only: unknown): string {
  return only === undefined ? 'str' : `Literal[${JSON.stringify(only)}]`;
}
