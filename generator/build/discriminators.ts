import type { JsonValue } from '../model/event-model.js';
import { choiceKeywords } from '../model/keywords.js';
import { type DocumentStore, fieldsOf, type NodeRef, placeKey, refOf } from '../source/document-store.js';

/** A discriminator of a schema. */
interface Discriminator {
  /** The property whose value distinguishes the alternatives. */
  readonly property: string;
  /** Each value with its alternative: a reference, or the name of a schema. */
  readonly mapping: readonly (readonly [value: string, target: string])[];
  /** Its place. */
  readonly at: NodeRef;
}

/** Document and warning callback of the functions of this module. */
export interface DiscriminatorContext {
  readonly store: DocumentStore;
  /** Called with each reason why a discriminator cannot distinguish the alternatives. */
  readonly warn: (at: NodeRef, message: string, hint: string) => void;
}

/** One alternative of a union. */
interface Alternative {
  readonly at: NodeRef;
  /** The target of its reference; the alternative itself if it is written in place. */
  readonly target: NodeRef;
  readonly name: string | undefined;
}

/** Largest depth to which references and parts of schemas are followed. */
const deepest = 8;

/**
 * Adds the value of the discriminator to each alternative of a union. By AsyncAPI, the property's value MUST be the name of
 * the alternative's schema, or of one of the alternatives of that schema. With OpenAPI's `mapping`, the mapping decides.
 * @param keyword `oneOf` or `anyOf`.
 * @param branches The normalised alternatives.
 */
export function discriminated(
  at: NodeRef,
  keyword: string,
  branches: readonly JsonValue[],
  context: DiscriminatorContext,
): readonly JsonValue[] {
  const { store } = context;
  const alternatives = alternativesOf(at, keyword, store);
  const discriminator = discriminatorOf(at, store) ?? inherited(alternatives, store);
  if (discriminator === undefined || alternatives.length !== branches.length) return branches;
  reportUnknownTargets(discriminator, alternatives, context);
  const own = alternatives.map(({ target }) => ownValues(target, discriminator.property, store));
  return branches.map((branch, index) => {
    const alternative = alternatives[index];
    if (alternative === undefined) return branch;
    const others = own.flatMap((values, other) => (other === index ? [] : (values ?? [])));
    const values = tagOf(alternative, { discriminator, alternatives, own: own[index], others, context });
    if (values === undefined) return branch;
    const tag: JsonValue = values.length === 1 ? { const: values[0] as JsonValue } : { enum: values };
    const { property } = discriminator;
    return { allOf: [branch, { type: 'object', required: [property], properties: { [property]: tag } }] };
  });
}

/** Reports a discriminator of a schema without alternatives. */
export function reportIdle(at: NodeRef, context: DiscriminatorContext): void {
  const discriminator = discriminatorOf(at, context.store);
  if (discriminator === undefined) return;
  if (choiceKeywords.some((keyword) => alternativesOf(at, keyword, context.store).length > 0)) return;
  const message = `the discriminator ${discriminator.property} has no alternatives: it distinguishes schemas that extend this one in a union, and has no effect where this schema is used by itself`;
  context.warn(discriminator.at, message, 'list the alternatives in `oneOf`');
}

/**
 * Reports a reference to a single alternative, whose discriminator is then not checked: AsyncAPI requires the name of that
 * schema or of one that extends it, and the schemas that extend it are not known.
 */
export function reportUnchecked(at: NodeRef, { store, warn }: DiscriminatorContext): void {
  if (refOf(at.value) === undefined) return;
  const target = store.follow(at);
  const discriminator = extended(target, store);
  if (discriminator === undefined) return;
  const { property } = discriminator;
  const hasAlternatives = choiceKeywords.some((keyword) => alternativesOf(target, keyword, store).length > 0);
  if (hasAlternatives || ownValues(target, property, store)?.length === 1) return;
  const message = `the discriminator ${property} is not checked here: the reference is to a single alternative, and its schema has no \`const\` for it`;
  warn(at, message, `give its ${property} a \`const\``);
}

interface TagContext {
  readonly discriminator: Discriminator;
  readonly alternatives: readonly Alternative[];
  /** The values that the alternative's own schema allows. */
  readonly own: readonly JsonValue[] | undefined;
  /** The values that the schemas of the other alternatives allow. */
  readonly others: readonly JsonValue[];
  readonly context: DiscriminatorContext;
}

/** The values of the property for an alternative. Undefined if its own schema determines them, or if none is known. */
function tagOf(alternative: Alternative, tagging: TagContext): readonly JsonValue[] | undefined {
  const { discriminator, alternatives, own, others, context } = tagging;
  const { property } = discriminator;
  const { store } = context;
  const listed = new Set(alternatives.map(({ target }) => placeKey(target)));
  const nested = nestedIn(alternative, listed, store);
  const mapped = [alternative, ...nested].flatMap((each) => mappedValues(each, discriminator, store));
  if (mapped.length > 0) {
    const allowed = own === undefined ? mapped : mapped.filter((value) => own.includes(value));
    if (allowed.length > 0) return own !== undefined && allowed.length === own.length ? undefined : allowed;
    const message = `the discriminator maps ${mapped.join(', ')} to an alternative whose ${property} can only be ${own?.map(String).join(', ')}`;
    context.warn(alternative.at, message, `set its ${property} to the value in the mapping`);
    return undefined;
  }
  const isDistinct = own?.every((value) => !others.includes(value)) === true;
  if (isDistinct) return undefined;
  // The schema itself and its own alternatives: each by the only value that its schema allows, otherwise by its name.
  const names = [alternative, ...nested].flatMap(({ target, name }): JsonValue[] => {
    const values = ownValues(target, property, store);
    if (values?.length === 1) return [...values];
    return name === undefined ? [] : [name];
  });
  const fitting = own === undefined ? names : names.filter((name) => own.includes(name));
  if (fitting.length > 0) {
    if (refOf(alternative.at.value) === undefined) {
      const message = `an alternative has neither a name nor a \`const\` for the discriminator ${property}: its title is used, ${fitting.join(', ')}`;
      context.warn(alternative.at, message, `give its ${property} a \`const\``);
    }
    return fitting;
  }
  reportUnreachable(alternative, tagging);
  return undefined;
}

function reportUnreachable({ at }: Alternative, { discriminator: { property }, own, context }: TagContext): void {
  const missing =
    own === undefined
      ? `an alternative has neither a name nor a \`const\` for the discriminator ${property}, which cannot choose it`
      : `the discriminator ${property} cannot choose an alternative: its schema allows ${own.map(String).join(', ')}, like other alternatives, and none of them is its name`;
  context.warn(at, missing, `give its ${property} a \`const\`, or write a \`mapping\``);
}

function reportUnknownTargets(
  { at, mapping }: Discriminator,
  alternatives: readonly Alternative[],
  { store, warn }: DiscriminatorContext,
): void {
  const all = alternatives.flatMap((each) => [each, ...nestedIn(each, new Set(), store)]);
  for (const [value, target] of mapping) {
    if (all.some((alternative) => isTarget(target, alternative, at, store))) continue;
    warn(
      at,
      `the discriminator maps ${value} to ${target}, which is not one of the alternatives`,
      'correct the mapping',
    );
  }
}

function discriminatorOf(at: NodeRef, store: DocumentStore): Discriminator | undefined {
  const { discriminator } = fieldsOf(at.value);
  const property = typeof discriminator === 'string' ? discriminator : fieldsOf(discriminator).propertyName;
  if (typeof property !== 'string') return undefined;
  const written = Object.entries(fieldsOf(fieldsOf(discriminator).mapping));
  const mapping = written.filter((entry): entry is [string, string] => typeof entry[1] === 'string');
  return { property, mapping, at: store.child(at, 'discriminator') ?? at };
}

/** The discriminator that all alternatives inherit from the same schema. */
function inherited(alternatives: readonly Alternative[], store: DocumentStore): Discriminator | undefined {
  if (alternatives.length < 2 || !alternatives.every(({ at }) => refOf(at.value) !== undefined)) return undefined;
  const found = alternatives.map(({ target }) => extended(target, store));
  const [first] = found;
  const isSame = found.every(
    (each) => each !== undefined && first !== undefined && placeKey(each.at) === placeKey(first.at),
  );
  return isSame ? first : undefined;
}

function extended(at: NodeRef, store: DocumentStore, depth = 0): Discriminator | undefined {
  if (depth > deepest) return undefined;
  for (const part of childrenOf(at, 'allOf', store)) {
    const target = store.follow(part);
    const found = discriminatorOf(target, store) ?? extended(target, store, depth + 1);
    if (found !== undefined) return found;
  }
  return undefined;
}

function alternativesOf(at: NodeRef, keyword: string, store: DocumentStore): Alternative[] {
  return childrenOf(at, keyword, store).map((branch) => {
    const ref = refOf(branch.value);
    const { title } = fieldsOf(branch.value);
    if (ref === undefined) return { at: branch, target: branch, name: typeof title === 'string' ? title : undefined };
    return { at: branch, target: store.follow(branch), name: nameIn(ref) };
  });
}

function childrenOf(at: NodeRef, keyword: string, store: DocumentStore): NodeRef[] {
  const list = fieldsOf(at.value)[keyword];
  if (!Array.isArray(list)) return [];
  return [...list.keys()].flatMap((index) => store.child(at, keyword, String(index)) ?? []);
}

/** The name of the schema that a reference points to: its last segment, without a file extension. */
function nameIn(ref: string): string {
  const last =
    ref
      .split(/[/#]/)
      .filter((word) => word !== '')
      .at(-1) ?? ref;
  return last.replace(/\.(json|ya?ml)$/, '');
}

/** The alternatives of an alternative, without those of the union itself. */
function nestedIn(alternative: Alternative, listed: ReadonlySet<string>, store: DocumentStore): Alternative[] {
  const found: Alternative[] = [];
  const seen = new Set([...listed, placeKey(alternative.target)]);
  const visit = (target: NodeRef, depth: number): void => {
    if (depth > deepest) return;
    const parts = childrenOf(target, 'allOf', store).filter(({ value }) => refOf(value) === undefined);
    for (const at of [target, ...parts]) {
      for (const each of choiceKeywords.flatMap((keyword) => alternativesOf(at, keyword, store))) {
        if (refOf(each.at.value) === undefined || seen.has(placeKey(each.target))) continue;
        seen.add(placeKey(each.target));
        found.push(each);
        visit(each.target, depth + 1);
      }
    }
  };
  visit(alternative.target, 0);
  return found;
}

function mappedValues(alternative: Alternative, { at, mapping }: Discriminator, store: DocumentStore): string[] {
  return mapping.filter(([, target]) => isTarget(target, alternative, at, store)).map(([value]) => value);
}

/** Whether the target of a mapping is an alternative: its reference, its name, or another form of the reference. */
function isTarget(
  target: string,
  { at, target: place, name }: Alternative,
  from: NodeRef,
  store: DocumentStore,
): boolean {
  if (target === refOf(at.value) || target === name) return true;
  if (!/[#/.]/.test(target)) return false;
  try {
    return placeKey(store.follow(store.resolve(from, target))) === placeKey(place);
  } catch {
    return false;
  }
}

/** The values that a schema allows for a property, from `const`, `enum` and the parts of `allOf`. */
function ownValues(at: NodeRef, property: string, store: DocumentStore, depth = 0): readonly JsonValue[] | undefined {
  const target = store.follow(at);
  const own = store.child(target, 'properties', property);
  const { const: only, enum: choices } = fieldsOf(own && store.follow(own).value);
  const lists: (readonly JsonValue[] | undefined)[] = [only === undefined ? undefined : [only]];
  if (Array.isArray(choices)) lists.push(choices);
  if (depth < deepest) {
    for (const part of childrenOf(target, 'allOf', store)) lists.push(ownValues(part, property, store, depth + 1));
  }
  const known = lists.filter((list) => list !== undefined) as (readonly JsonValue[])[];
  const [first, ...more] = known;
  return first && more.reduce((left, list) => left.filter((value) => list.includes(value)), first);
}
