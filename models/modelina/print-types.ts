import type { NamedType } from '../prepare/prepared-types.js';
import { typesIn } from '../prepare/types-in.js';
import { namedSchema, schemaOf } from './type-schema.js';

/** A class as modelina gives it to a preset. */
export interface ModelinaClass {
  readonly name: string;
  readonly properties: Readonly<
    Record<string, { readonly unconstrainedPropertyName: string; readonly property: { readonly type: string } }>
  >;
}

/** The part of modelina's generators that is used here. */
export interface ModelinaGenerator {
  generate(input: Record<string, unknown>): Promise<readonly { readonly modelName: string; readonly result: string }[]>;
}

/** Prints a named type. `types` are the texts of its {@link typesIn}, in their order. */
export type PrintType = (type: NamedType, types: readonly string[]) => string;

/** The class that holds the types of one named type. No schema of a catalog has a name with spaces. */
const holder = 'the types of a model';

/**
 * Prints each type by a generator of modelina, which decides how its parts are written in the language. Modelina gets one type at
 * a time, with properties that have numbers instead of names, so that it changes no name and follows no reference.
 * @param create Makes the generator, whose preset prints classes with the given function.
 * @returns the text of each type, by name
 */
export async function printTypes(
  types: readonly NamedType[],
  create: (print: (model: ModelinaClass) => string) => ModelinaGenerator,
  print: PrintType,
): Promise<ReadonlyMap<string, string>> {
  let current: NamedType | undefined;
  const generator = create((model) => {
    if (current === undefined || model.name !== holder) return '';
    const texts = new Map(
      Object.values(model.properties).map((each) => [each.unconstrainedPropertyName, each.property.type]),
    );
    return print(
      current,
      typesIn(current).map((_, index) => texts.get(keyOf(index)) ?? ''),
    );
  });
  const printed = new Map<string, string>();
  for (const type of types) {
    current = type;
    const properties = Object.fromEntries(typesIn(type).map((each, index) => [keyOf(index), schemaOf(each)]));
    const models = await generator.generate({
      $schema: 'http://json-schema.org/draft-07/schema#',
      $id: holder,
      ...namedSchema(holder, properties),
    });
    const own = models.find(({ modelName }) => modelName === holder);
    if (own === undefined) throw new Error(`modelina gave no model for ${type.name}`);
    printed.set(type.name, own.result);
  }
  return printed;
}

const keyOf = (index: number) => `p${index}`;
