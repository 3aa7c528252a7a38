import { Parser } from '@asyncapi/parser';

/** The rules that compare a document with AsyncAPI's JSON Schema. */
const structureRules = ['asyncapi-document-resolved', 'asyncapi-document-unresolved'];

/**
 * AsyncAPI's parser, with its core rules only, for any number of documents. Its rules compile AsyncAPI's JSON Schema once for
 * each document, which takes 0.3 s for each rule; here they compile it once for each version of AsyncAPI.
 */
export class AsyncApiParser extends Parser {
  constructor() {
    super({ ruleset: { core: true, recommended: false } });
    for (const name of structureRules) {
      const rule = this.spectral.ruleset?.rules[name];
      if (rule === undefined)
        throw new Error(`@asyncapi/parser has no rule ${name}: adapt AsyncApiParser to its version`);
      for (const step of rule.then) {
        const check = step.function;
        // The compiled schemas belong to an inventory: that of the first document of a version is used for all others.
        const inventories = new Map<string, Parameters<typeof check>[2]['documentInventory']>();
        step.function = (input, options, context) => {
          const version = String((input as { readonly asyncapi?: unknown }).asyncapi);
          const documentInventory = inventories.get(version) ?? context.documentInventory;
          inventories.set(version, documentInventory);
          return check(input, options, { ...context, documentInventory });
        };
      }
    }
  }
}
