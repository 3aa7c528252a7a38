import { transformSync } from 'esbuild';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { derivedFunction } from '../../../../generator/emit/derived-step.js';
import type { JsonSchema, JsonValue, UpcastStep } from '../../../../generator/model/event-model.js';
import { violationsOf } from '../../../../generator/validators/evaluate.js';
import { applySteps } from '../../../../generator/versions/apply-steps.js';
import { deriveSteps } from '../../../../generator/versions/derive-steps.js';
import { dataFor } from '../../../support/catalogs/schema-arbitrary.js';
import { type SchemaPair, schemaPair } from '../../../support/catalogs/schema-pairs.js';
import { propertyTimeoutMs } from '../../../support/property-timeout.js';

const numRuns = Number(process.env.FUZZ_RUNS ?? 300);
const seed = Number(process.env.FUZZ_SEED ?? 20_261_129);

type Data = Readonly<Record<string, JsonValue>>;

/** The generated function of derived steps. */
function functionOf(steps: readonly UpcastStep[], required: readonly string[]): (data: Data) => Data {
  const text = derivedFunction({ steps, from: 'Old', to: 'New', required: new Set(required) });
  const { code } = transformSync(`return ${text}`, { loader: 'ts' });
  return new Function(code)() as (data: Data) => Data;
}

const names = ['id', 'note', 'a-b', '__proto__', 'constructor', 'toString', 'then', 'ÄÖ', '1', 'old'] as const;

/** One property of both versions, and how it changed. */
interface Plan {
  readonly name: string;
  readonly change: 'keep' | 'rename' | 'drop' | 'add';
  readonly old: JsonSchema;
  readonly now: JsonSchema;
  readonly wasRequired: boolean;
  readonly isRequired: boolean;
}

const simple = fc.constantFrom<JsonSchema>(
  { type: 'string' },
  { type: 'integer', minimum: 0 },
  { type: ['string', 'null'], default: 'usual' },
  { enum: ['a', 'b', 3], default: 'b' },
  { const: 'only' },
  { type: 'array', items: { type: 'number' }, default: [1] },
  { type: 'string', pattern: '^a' },
);

const schemas = fc.oneof(
  { weight: 5, arbitrary: simple.map((schema) => ({ old: schema, now: schema })) },
  { weight: 1, arbitrary: fc.tuple(simple, simple).map(([old, now]) => ({ old, now })) },
);

const change = fc.constantFrom<Plan['change']>('keep', 'keep', 'keep', 'rename', 'drop', 'add');

const plans: fc.Arbitrary<readonly Plan[]> = fc.uniqueArray(
  fc
    .tuple(fc.constantFrom(...names), change, schemas, fc.boolean(), fc.boolean())
    .map(
      ([name, how, pair, wasRequired, isRequired]): Plan => ({ name, change: how, ...pair, wasRequired, isRequired }),
    ),
  { selector: ({ name }) => name, minLength: 1, maxLength: 6 },
);

const newName = ({ name, change: how }: Plan) => (how === 'rename' ? `${name}New` : name);

function closed(entries: readonly (readonly [string, JsonSchema])[], required: readonly string[]): JsonSchema {
  return { type: 'object', required, properties: Object.fromEntries(entries), additionalProperties: false };
}

function versionsOf(all: readonly Plan[]) {
  const before = all.filter((plan) => plan.change !== 'add');
  const after = all.filter((plan) => plan.change !== 'drop');
  const renamed = (plan: Plan) =>
    plan.change === 'rename' ? { ...(plan.now as object), 'x-renamed-from': plan.name } : plan.now;
  const requiredBefore = before.filter(({ wasRequired }) => wasRequired).map(({ name }) => name);
  return {
    requiredBefore,
    old: closed(
      before.map(({ name, old }) => [name, old]),
      requiredBefore,
    ),
    now: closed(
      after.map((plan) => [newName(plan), renamed(plan)]),
      after.filter((p) => p.isRequired).map(newName),
    ),
  };
}

/** The data that a person would expect, from the plan alone. */
function expected(all: readonly Plan[], data: Data): Data {
  const entries = all.flatMap((plan): [string, JsonValue][] => {
    if (plan.change === 'drop') return [];
    const name = newName(plan);
    if (plan.change !== 'add' && Object.hasOwn(data, plan.name)) return [[name, data[plan.name] ?? null]];
    const { default: usual, const: only } = plan.now as { default?: JsonValue; const?: JsonValue };
    const value = usual ?? only;
    return plan.isRequired && value !== undefined ? [[name, value]] : [];
  });
  return Object.fromEntries(entries);
}

const dataOf = (all: readonly Plan[]): fc.Arbitrary<Data> => {
  const before = all.filter((plan) => plan.change !== 'add');
  const values = before.map(({ old, wasRequired }) => {
    const value = dataFor(old, new Map(), 0).filter((each) => violationsOf(each, old, () => undefined).length === 0);
    return wasRequired ? value : fc.option(value, { nil: undefined });
  });
  return fc.tuple(...values).map((found) => {
    const entries = before.map(({ name }, index) => [name, found[index]] as const);
    return Object.fromEntries(entries.filter(([, value]) => value !== undefined)) as Data;
  });
};

const define = (schema: JsonSchema) => ({ name: 'Root', definitions: new Map([['Root', schema]]) });

describe('a derived step', () => {
  it(
    'gives valid data, copies every value and invents none; the generated function and the model agree',
    () => {
      let derived = 0;
      const check = ([all, data]: readonly [readonly Plan[], Data]) => {
        const { old, now, requiredBefore } = versionsOf(all);
        const { steps, obstacles } = deriveSteps(define(old), define(now));
        if (obstacles.length > 0) return;
        derived += 1;
        const frozen = Object.freeze(data);
        const result = functionOf(steps, requiredBefore)(frozen);
        const text = (value: JsonValue) => JSON.stringify(Object.entries(value as Data).sort());
        expect(violationsOf(result, now, () => undefined)).toEqual([]);
        expect(text(result)).toBe(text(expected(all, data)));
        expect(text(applySteps(steps, data))).toBe(text(result));
      };
      const cases = plans.chain((all) => fc.tuple(fc.constant(all), dataOf(all)));
      fc.assert(fc.property(cases, check), { numRuns, seed });
      // Otherwise the test would show nothing.
      expect(derived).toBeGreaterThan(numRuns / 4);
    },
    propertyTimeoutMs,
  );

  it(
    'of any pair of schemas for one property: it gives valid data wherever it is derived',
    () => {
      let derived = 0;
      const check = ([pair, data]: readonly [SchemaPair, JsonValue]) => {
        const oldRoot = closed([['a', pair.old]], ['a']);
        const newRoot = closed(
          [
            ['a', pair.new],
            ['new', true],
          ],
          ['a'],
        );
        const [old, now] = [
          new Map([...pair.oldDefs, ['Root', oldRoot]]),
          new Map([...pair.newDefs, ['Root', newRoot]]),
        ];
        const { steps, obstacles } = deriveSteps(
          { name: 'Root', definitions: old },
          { name: 'Root', definitions: now },
        );
        if (obstacles.length > 0 || violationsOf({ a: data }, oldRoot, (name) => old.get(name)).length > 0) return;
        derived += 1;
        expect(violationsOf(functionOf(steps, ['a'])({ a: data }), newRoot, (name) => now.get(name))).toEqual([]);
      };
      const cases = schemaPair.chain((pair) => fc.tuple(fc.constant(pair), dataFor(pair.old, pair.oldDefs, 10)));
      fc.assert(fc.property(cases, check), { numRuns, seed });
      expect(derived).toBeGreaterThan(numRuns / 40);
    },
    propertyTimeoutMs,
  );

  it('makes a new default for each event, which a handler may change', () => {
    const convert = functionOf([{ do: 'set', name: 'list', value: [1] }], []);
    expect(convert({}).list).not.toBe(convert({}).list);
  });

  it('reads only own properties of the data', () => {
    const inherited = Object.create({ note: 'inherited', constructor: 'x' }) as Data;
    const steps: UpcastStep[] = [
      { do: 'keep', name: 'note' },
      { do: 'keep', name: 'constructor', default: 'usual' },
      { do: 'rename', name: 'text', from: 'toString' },
    ];
    expect(Object.entries(functionOf(steps, ['toString'])(inherited))).toEqual([['constructor', 'usual']]);
  });
});
