import { type Conjunction, canonical, type Definitions, type Shape, type ShapeType } from '../model/shape.js';
import { manyShapes, shapesOf } from '../model/shapes-of.js';
import { type ChangeCode, type ChangeDetail, changeOf, type Side } from './change.js';
import { compareLimits } from './compare-limits.js';
import { findInclusion } from './inclusion.js';
import type { Direction } from './modes.js';
import { sideOf } from './side.js';

/** The schemas of the two catalogs, by name. */
export interface Versions {
  readonly old: Definitions;
  readonly new: Definitions;
}

/**
 * The differences between the values that two schemas accept, independent of how the schemas are written. If no change is
 * breaking, it tries to prove compatibility; without a proof, the result contains `MAYBE_NARROWED` or `MAYBE_WIDENED`.
 * @param path Where the schemas are in the message.
 */
export function compareSchemas(
  old: Conjunction,
  now: Conjunction,
  versions: Versions,
  path = '$',
): readonly ChangeDetail[] {
  const found = new Comparison(versions).compare(old, now, path);
  return [...found, ...unprovenChanges(found, old, now, { versions, path })];
}

function unprovenChanges(
  found: readonly ChangeDetail[],
  old: Conjunction,
  now: Conjunction,
  { versions, path: root }: { readonly versions: Versions; readonly path: string },
): ChangeDetail[] {
  const breaks = (direction: Direction) => found.some(({ against }) => against.includes(direction));
  const before = sideOf(old, versions.old, 'old:', false);
  const after = sideOf(now, versions.new, 'new:', false);
  const result: ChangeDetail[] = [];
  if (!breaks('backward')) {
    const { gap, added } = findInclusion(before, after, root);
    if (gap !== undefined) {
      result.push(changeOf('MAYBE_NARROWED', `data that was valid may be refused: ${gap.reason}`, gap.path));
    }
    const isKnown = found.some(({ code }) => code === 'PROPERTY_ADDED');
    result.push(...(isKnown ? [] : added.map(({ path, reason }) => changeOf('PROPERTY_ADDED', reason, path))));
  }
  if (!breaks('forward')) {
    // Consumers that are not upgraded accept unknown properties.
    const tolerant = sideOf(old, versions.old, 'old:', true);
    const { gap } = findInclusion(after, tolerant, root);
    if (gap !== undefined && findInclusion(after, before, root).gap !== undefined) {
      result.push(changeOf('MAYBE_WIDENED', `consumers may receive data that they refuse: ${gap.reason}`, gap.path));
    }
  }
  return result;
}

/** Largest number of pairs of alternatives that are compared to match old and new alternatives. */
const mostTrials = 400;

class Comparison {
  readonly #versions: Versions;
  /** Pairs that were compared or are being compared. Schemas may refer to themselves, and each change is reported once. */
  readonly #seen: Set<string>;

  /** Within a trial, inner alternatives are not tried: the number of trials would grow exponentially with the depth. */
  readonly #isTrial: boolean;

  constructor(versions: Versions, trialOf?: Comparison) {
    this.#versions = versions;
    this.#seen = new Set(trialOf === undefined ? [] : trialOf.#seen);
    this.#isTrial = trialOf !== undefined;
  }

  compare(old: Conjunction, now: Conjunction, path: string): readonly ChangeDetail[] {
    const pair = `${canonical(old)} ${canonical(now)}`;
    if (this.#seen.has(pair)) return [];
    this.#seen.add(pair);
    const before = shapesOf(old, this.#versions.old, manyShapes);
    const after = shapesOf(now, this.#versions.new, manyShapes);
    const typesBefore = typesOf(before);
    const typesAfter = typesOf(after);
    const common = typesBefore.filter((type) => typesAfter.includes(type));
    const wording = `${nameTypes(before)} became ${nameTypes(after)}`;
    if (common.length === 0 && before.length > 0 && after.length > 0) return [changeOf('TYPE_CHANGED', wording, path)];
    return [
      ...(common.length < typesBefore.length ? [changeOf('TYPE_NARROWED', wording, path)] : []),
      ...(common.length < typesAfter.length ? [changeOf('TYPE_WIDENED', wording, path)] : []),
      ...common.flatMap((type) => this.#compareOfType(type, before, after, path)),
    ];
  }

  #compareOfType(type: ShapeType, before: readonly Shape[], after: readonly Shape[], path: string): ChangeDetail[] {
    const old = before.filter((shape) => shape.type === type);
    const now = after.filter((shape) => shape.type === type);
    const [first] = old;
    const [second] = now;
    if (old.length === 1 && now.length === 1 && first !== undefined && second !== undefined) {
      return this.#compareShapes(first, second, path);
    }
    const { pairs, removed, added } = this.#match(old, now);
    return [
      ...pairs.flatMap(([a, b]) => this.#compareShapes(a, b, a.label === undefined ? path : `${path}(${a.label})`)),
      ...removed.map((shape) => changeOf('BRANCH_REMOVED', `no longer ${nameOf(shape)}`, path)),
      ...added.map((shape) => changeOf('BRANCH_ADDED', `may also be ${nameOf(shape)}`, path)),
    ];
  }

  /** Matches old and new alternatives: first identical ones, then those with the same name, then the most similar. */
  #match(old: readonly Shape[], now: readonly Shape[]) {
    const removed = new Set(old);
    const added = new Set(now);
    const pairs: [Shape, Shape][] = [];
    const pairWhere = (fits: (a: Shape, b: Shape) => boolean) => {
      for (const a of removed) {
        const b = [...added].find((candidate) => fits(a, candidate));
        if (b === undefined) continue;
        removed.delete(a);
        added.delete(b);
        pairs.push([a, b]);
      }
    };
    // The text may be equal while the referenced schemas differ: the pair is compared anyway.
    pairWhere((a, b) => written(a) === written(b));
    pairWhere((a, b) => discriminantOf(a) !== undefined && discriminantOf(a) === discriminantOf(b));
    pairWhere((a, b) => a.label !== undefined && a.label === b.label);
    if (this.#isTrial) pairWhere(() => true);
    else if (removed.size * added.size <= mostTrials) {
      const trials = [...removed].flatMap((a) => [...added].map((b) => ({ a, b, cost: this.#trial(a, b) })));
      for (const { a, b } of trials.sort((x, y) => x.cost - y.cost)) {
        if (!removed.has(a) || !added.has(b)) continue;
        removed.delete(a);
        added.delete(b);
        pairs.push([a, b]);
      }
    }
    return { pairs, removed: [...removed], added: [...added] };
  }

  #trial(a: Shape, b: Shape): number {
    return new Comparison(this.#versions, this).#compareShapes(a, b, '$').length;
  }

  #compareShapes(old: Shape, now: Shape, path: string): ChangeDetail[] {
    const found: ChangeDetail[] = [...compareValues(old, now, path), ...compareLimits(old, now, path)];
    if (old.isInteger && !now.isInteger) found.push(changeOf('TYPE_WIDENED', 'integer became number', path));
    if (!old.isInteger && now.isInteger) found.push(changeOf('TYPE_NARROWED', 'number became integer', path));
    if (old.type === 'object') found.push(...this.#compareObjects(old, now, path));
    if (old.type === 'array') found.push(...this.#compareArrays(old, now, path));
    return found;
  }

  #compareObjects(old: Shape, now: Shape, path: string): ChangeDetail[] {
    const before = this.#namesOf(old, this.#versions.old);
    const after = this.#namesOf(now, this.#versions.new);
    const found: ChangeDetail[] = [];
    for (const name of new Set([...before, ...after])) {
      const at = `${path}${step(name)}`;
      const was = before.has(name);
      const is = after.has(name);
      const wasRequired = old.required.includes(name);
      const isRequired = now.required.includes(name);
      // An undescribed property has the schema of other properties. If that is any value, it is compared only if required.
      const a = old.properties.get(name) ?? open(old.additional) ?? (was ? [] : undefined);
      const b = now.properties.get(name) ?? open(now.additional) ?? (is ? [] : undefined);
      if (was && !is) found.push(removal(name, now, at));
      if (isRequired && !wasRequired) {
        found.push(changeOf('REQUIRED_ADDED', `${name} ${was ? 'became' : 'was added and is'} required`, at));
      } else if (!was) {
        found.push(changeOf('PROPERTY_ADDED', `${name} was added`, at));
      }
      if (is && wasRequired && !isRequired) found.push(changeOf('REQUIRED_REMOVED', `${name} became optional`, at));
      if (a !== undefined && b !== undefined) found.push(...this.compare(a, b, at));
    }
    return [...found, ...this.#compareOthers(old, now, path), ...this.#comparePatterns(old, now, path)];
  }

  /** Names of described and required properties, without properties that no value satisfies. */
  #namesOf(shape: Shape, definitions: Definitions): ReadonlySet<string> {
    const named = [...shape.properties].filter(([, schemas]) => shapesOf(schemas, definitions).length > 0);
    return new Set([...named.map(([name]) => name), ...shape.required]);
  }

  /** Compares properties that are not named. */
  #compareOthers(old: Shape, now: Shape, path: string): readonly ChangeDetail[] {
    const wasClosed = isClosed(old);
    const isNowClosed = isClosed(now);
    if (wasClosed || isNowClosed) {
      if (wasClosed === isNowClosed) return [];
      const code = isNowClosed ? 'OBJECT_CLOSED' : 'OBJECT_OPENED';
      return [changeOf(code, `other properties ${isNowClosed ? 'are refused now' : 'are accepted now'}`, path)];
    }
    if (old.additional === undefined && now.additional === undefined) return [];
    return this.compare(old.additional ?? [], now.additional ?? [], `${path}.*`);
  }

  #comparePatterns(old: Shape, now: Shape, path: string): ChangeDetail[] {
    const patterns = new Set([...old.patternProperties.keys(), ...now.patternProperties.keys()]);
    return [...patterns].flatMap((pattern) => {
      const at = `${path}[/${pattern}/]`;
      const was = old.patternProperties.get(pattern);
      const is = now.patternProperties.get(pattern);
      if (was === undefined && open(old.additional) === undefined) {
        return [changeOf('PROPERTY_ADDED', `the pattern property ${pattern} was added`, at)];
      }
      if (is === undefined && open(now.additional) === undefined) {
        return [removal(`the pattern property ${pattern}`, now, at)];
      }
      return this.compare(was ?? old.additional ?? [], is ?? now.additional ?? [], at);
    });
  }

  #compareArrays(old: Shape, now: Shape, path: string): ChangeDetail[] {
    const length = Math.max(old.prefixItems.length, now.prefixItems.length);
    const at = (shape: Shape, index: number) => shape.prefixItems[index] ?? shape.items ?? [];
    const found = Array.from({ length }, (_, index) => index).flatMap((index) =>
      this.compare(at(old, index), at(now, index), `${path}[${index}]`),
    );
    return [...found, ...this.compare(old.items ?? [], now.items ?? [], `${path}[*]`)];
  }
}

function written({ sources: _sources, picks: _picks, ...shape }: Shape): string {
  return canonical(shape);
}

function compareValues(old: Shape, now: Shape, path: string): ChangeDetail[] {
  const { values: before } = old;
  const { values: after } = now;
  if (before === undefined && after === undefined) return [];
  if (before === undefined) return [changeOf('ENUM_NARROWED', `any ${old.type} became ${list(after)}`, path)];
  if (after === undefined) return [changeOf('ENUM_WIDENED', `${list(before)} became any ${now.type}`, path)];
  const [known, wanted] = [before, after].map((values) => new Set(values.map(canonical)));
  const removed = before.filter((value) => wanted?.has(canonical(value)) !== true);
  const added = after.filter((value) => known?.has(canonical(value)) !== true);
  if (removed.length > 0 && added.length > 0 && before.length === 1 && after.length === 1) {
    return [changeOf('CONST_CHANGED', `${list(before)} became ${list(after)}`, path)];
  }
  const addChange = (code: ChangeCode, message: string, values: readonly unknown[]) =>
    values.length === 0 ? [] : [changeOf(code, `${message} ${list(values)}`, path)];
  return [
    ...addChange('ENUM_NARROWED', 'may no longer be', removed),
    ...addChange('ENUM_WIDENED', 'may also be', added),
  ];
}

function removal(name: string, now: Shape, at: string): ChangeDetail {
  // If the object is closed, publishes that still contain the property are refused.
  const also: readonly Side[] = isClosed(now) ? ['producers'] : [];
  return changeOf('PROPERTY_REMOVED', `${name} was removed`, at, also);
}

function isClosed({ additional }: Shape): boolean {
  return additional?.includes(false) === true;
}

function open(additional: Conjunction | undefined): Conjunction | undefined {
  return additional === undefined || additional.includes(false) ? undefined : additional;
}

function typesOf(shapes: readonly Shape[]): readonly ShapeType[] {
  return [...new Set(shapes.map(({ type }) => type))];
}

function nameTypes(shapes: readonly Shape[]): string {
  const types = typesOf(shapes);
  if (types.length === 6) return 'anything';
  const names = types.map((type) => {
    const isInteger = shapes.every((shape) => shape.type !== type || shape.isInteger);
    return type === 'number' && isInteger ? 'integer' : type;
  });
  return names.join(' or ') || 'nothing';
}

function nameOf(shape: Shape): string {
  if (shape.label !== undefined) return shape.label;
  if (shape.values !== undefined) return list(shape.values);
  const names = [...shape.properties.keys()].slice(0, 4);
  const kind = `${/^[aeiou]/.test(shape.type) ? 'an' : 'a'} ${shape.type}`;
  return names.length === 0 ? kind : `${kind} with ${names.join(', ')}`;
}

/** The constant values of required properties, which distinguish an alternative from others. */
function discriminantOf({ properties, required }: Shape): string | undefined {
  const found = required.flatMap((name) => {
    const constant = properties.get(name)?.find((schema) => typeof schema === 'object' && isConstant(schema));
    return constant === undefined ? [] : [[name, constantOf(constant)]];
  });
  return found.length === 0 ? undefined : canonical(found.sort());
}

function isConstant(schema: object): boolean {
  return 'const' in schema || ('enum' in schema && Array.isArray(schema.enum) && schema.enum.length === 1);
}

function constantOf(schema: unknown): unknown {
  const { const: only, enum: values } = schema as { readonly const?: unknown; readonly enum?: readonly unknown[] };
  return only ?? values?.[0];
}

function list(values: readonly unknown[] = []): string {
  const shown = values.slice(0, 8).map((value) => JSON.stringify(value));
  return `${shown.join(', ')}${values.length > shown.length ? ', …' : ''}`;
}

function step(name: string): string {
  return /^[\p{L}_$][\p{L}\p{N}_$]*$/u.test(name) ? `.${name}` : `[${JSON.stringify(name)}]`;
}
