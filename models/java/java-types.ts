import { JavaGenerator } from '@asyncapi/modelina';
import type { ModelinaClass, ModelinaGenerator } from '../modelina/print-types.js';
import { bigFormat, choiceName } from '../modelina/type-schema.js';
import { javaTypeName } from './java-names.js';

/** A generator that writes types of Java. Every type can be `null`. */
export function javaGenerator(print: (model: ModelinaClass) => string): ModelinaGenerator {
  return new JavaGenerator({
    constraints: {
      modelName: ({ modelName }) => modelName,
      propertyKey: ({ constrainedObjectPropertyModel }) => constrainedObjectPropertyModel.unconstrainedPropertyName,
    },
    typeMapping: {
      Reference: ({ constrainedModel: { name } }) => (name === choiceName ? 'Object' : javaTypeName(name)),
      Any: () => 'Object',
      Float: () => 'BigDecimal',
      Integer: ({ constrainedModel: model }) => (model.options.format === bigFormat ? 'BigInteger' : 'Long'),
      String: () => 'String',
      Boolean: () => 'Boolean',
      Array: ({ constrainedModel: model }) => `List<${model.valueModel.type}>`,
      Dictionary: ({ constrainedModel: model }) => `Map<String, ${model.value.type}>`,
      Union: () => 'Object',
    },
    presets: [{ class: { self: ({ model }) => print(model) } }],
  });
}
