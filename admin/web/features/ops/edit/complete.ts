import type { Completion, CompletionContext, CompletionResult } from '@codemirror/autocomplete';
import type { JsonSchema, SchemaObject } from '@hyvve-events/catalog-model';
import { namesIn, type SyntaxNode, stepsTo, treeOf } from './json-place.js';
import { propertiesOf, schemasAt, typesOf, valuesNamed } from './schema-at.js';

const scalars = ['String', 'Number', 'True', 'False', 'Null'];

/** Completes the properties and values that a JSON Schema names, at the cursor. */
export function completeFrom(schema: JsonSchema): (context: CompletionContext) => CompletionResult | null {
  return (context) => {
    const { state, pos, explicit } = context;
    const node = treeOf(state, pos).resolveInner(pos, -1);
    if (node.name === 'PropertyName') {
      const object = node.parent?.parent;
      return object == null ? null : names(context, schema, object, node);
    }
    if (scalars.includes(node.name)) return values(context, schema, node, node);
    const property = node.name === 'Property' ? node : node.parent?.name === 'Property' ? node.parent : undefined;
    if (property !== undefined) return explicit ? values(context, schema, property) : null;
    const inside = node.name === 'Object' ? node : node.parent?.name === 'Object' ? node.parent : undefined;
    return explicit && inside !== undefined ? names(context, schema, inside) : null;
  };
}

/** @param typed The name that is already in the text. */
function names(
  { state, pos }: CompletionContext,
  schema: JsonSchema,
  object: SyntaxNode,
  typed?: SyntaxNode,
): CompletionResult {
  const current = typed === undefined ? undefined : state.sliceDoc(typed.from, typed.to).replaceAll('"', '');
  const taken = namesIn(state, object).filter((name) => name !== current);
  const hasColon = typed?.parent?.getChild(':') != null || /^"?\s*:/.test(state.sliceDoc(typed?.to ?? pos, pos + 40));
  const options = propertiesOf(schemasAt(schema, stepsTo(state, object)))
    .filter(({ name }) => !taken.includes(name))
    .map(({ name, schema: own, required }): Completion => {
      const at = schemasAt(schema, [...stepsTo(state, object), name]);
      const detail = `${at.flatMap(typesOf).join(' or ')}${required ? ', required' : ''}`;
      const apply = hasColon ? JSON.stringify(name) : `${JSON.stringify(name)}: ${skeletonOf(at)}`;
      return { label: JSON.stringify(name), detail, apply, type: 'property', ...infoOf(own) };
    });
  return { from: typed?.from ?? pos, to: typed?.to ?? pos, options, validFor: /^"?[^"]*"?$/ };
}

function values(
  { state, pos }: CompletionContext,
  schema: JsonSchema,
  node: SyntaxNode,
  typed?: SyntaxNode,
): CompletionResult | null {
  const options = valuesNamed(schemasAt(schema, stepsTo(state, node))).map(
    (value): Completion => ({ label: JSON.stringify(value), type: 'enum' }),
  );
  if (options.length === 0) return null;
  return { from: typed?.from ?? pos, to: typed?.to ?? pos, options, validFor: /^"?[^"]*"?$/ };
}

/** An initial value for a property: the first named value, or an empty value of its type. */
function skeletonOf(schemas: readonly SchemaObject[]): string {
  const [first] = valuesNamed(schemas);
  if (first !== undefined) return JSON.stringify(first);
  const types = schemas.flatMap(typesOf);
  if (types.includes('string')) return '""';
  if (types.includes('object')) return '{}';
  return types.includes('array') ? '[]' : '0';
}

function infoOf(schema: JsonSchema): { readonly info?: string } {
  return typeof schema === 'object' && typeof schema.description === 'string' ? { info: schema.description } : {};
}
