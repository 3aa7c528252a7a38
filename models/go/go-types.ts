import { GoGenerator } from '@asyncapi/modelina';
import type { ModelinaClass, ModelinaGenerator } from '../modelina/print-types.js';
import { bigFormat, choiceName } from '../modelina/type-schema.js';

interface Nullable {
  readonly options: { readonly isNullable?: boolean };
}

/** What can be `nil` without a pointer. */
export function isNilable(type: string): boolean {
  return /^(\*|\[\]|map\[|json\.RawMessage$)/.test(type);
}

const orNil = (type: string, { options }: Nullable) =>
  options.isNullable === true && !isNilable(type) ? `*${type}` : type;

/** A generator that writes types of Go. @param nameOf Name in Go of a schema. */
export function goGenerator(
  print: (model: ModelinaClass) => string,
  nameOf: (name: string) => string,
): ModelinaGenerator {
  return new GoGenerator({
    constraints: {
      modelName: ({ modelName }) => modelName,
      propertyKey: ({ constrainedObjectPropertyModel }) => constrainedObjectPropertyModel.unconstrainedPropertyName,
    },
    typeMapping: {
      Reference: ({ constrainedModel: model }) =>
        model.name === choiceName ? 'json.RawMessage' : orNil(nameOf(model.name), model),
      Any: () => 'json.RawMessage',
      Float: ({ constrainedModel }) => orNil('float64', constrainedModel),
      Integer: ({ constrainedModel: model }) =>
        orNil(model.options.format === bigFormat ? 'json.Number' : 'int64', model),
      String: ({ constrainedModel }) => orNil('string', constrainedModel),
      Boolean: ({ constrainedModel }) => orNil('bool', constrainedModel),
      Array: ({ constrainedModel: model }) => `[]${model.valueModel.type}`,
      Dictionary: ({ constrainedModel: model }) => `map[string]${model.value.type}`,
      Union: () => 'json.RawMessage',
    },
    presets: [{ struct: { self: ({ model }) => print(model) } }],
  });
}
