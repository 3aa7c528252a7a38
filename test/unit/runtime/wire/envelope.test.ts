import { readFileSync } from 'node:fs';
import { Ajv } from 'ajv';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readEntry } from '../../../../runtime/event/read-envelope.js';
import { deliveredOf, entryOf, maxEventBytes, vectorEvents, vectors } from '../../../support/events/wire-vectors.js';
import { propertyTimeoutMs } from '../../../support/property-timeout.js';

const schema = JSON.parse(readFileSync('runtime/wire/envelope.schema.json', 'utf8')) as {
  readonly required: readonly string[];
  readonly properties: Readonly<Record<string, { readonly description?: string }>>;
};
const acceptedBySchema = new Ajv({ strict: true, allowUnionTypes: true }).compile(schema);
const definitions = new Map(vectorEvents.map((event) => [event.type, event]));

const seed = Number(process.env.FUZZ_SEED ?? 20_261_129);
const numRuns = Number(process.env.FUZZ_RUNS ?? 3_000);

const outcomes = { event: 'HANDLED', unknown: 'UNKNOWN', ahead: 'PARKED', invalid: 'DEAD_LETTER' } as const;

describe('envelope.vectors.json', () => {
  it.each(vectors)('$name: $outcome', (vector) => {
    const [name, json] = entryOf(vector);
    const read = readEntry(name === 'e' ? json : undefined, definitions, maxEventBytes);
    expect(outcomes[read.kind]).toBe(vector.outcome);
    expect(read.kind === 'invalid' ? read.reason : undefined).toBe(vector.reason);
    if (read.kind === 'event') expect(read.event).toEqual(deliveredOf(vector));
  });

  it('has a vector for each outcome and for each reason that one entry alone can cause', () => {
    const found = new Set(vectors.map(({ outcome, reason }) => reason ?? outcome));
    expect([...found].sort()).toEqual([
      ...['HANDLED', 'NOT_ENVELOPE', 'NOT_JSON', 'PARKED', 'SCHEMA', 'TOO_LARGE', 'UNKNOWN', 'UPCAST_FAILED'],
      'VERSION_RETIRED',
    ]);
    expect(new Set(vectors.map(({ name }) => name)).size).toBe(vectors.length);
  });

  it('the schema accepts exactly the JSON that does not become a dead letter NOT_ENVELOPE', () => {
    for (const vector of vectors) {
      const [name, json = ''] = entryOf(vector);
      if (name !== 'e' || vector.reason === 'NOT_JSON') continue;
      expect(acceptedBySchema(JSON.parse(json)), vector.name).toBe(vector.reason !== 'NOT_ENVELOPE');
    }
  });
});

describe('envelope.schema.json', () => {
  const text = fc.oneof(fc.constant(''), fc.string({ unit: 'binary', maxLength: 5 }));
  const anything = fc.oneof(text, fc.jsonValue({ maxDepth: 2 }));
  const field = fc.oneof({ weight: 30, arbitrary: fc.string({ minLength: 1, maxLength: 5 }) }, anything);
  const optional = fc.oneof({ weight: 5, arbitrary: text }, { weight: 2, arbitrary: fc.constant(null) }, anything);
  const replay = fc.oneof(
    { weight: 5, arbitrary: fc.record({ jobId: fc.oneof({ weight: 5, arbitrary: text }, anything) }) },
    fc.constant(null),
    anything,
  );
  const required = ['id', 'source', 'timestamp', 'correlationId', 'tenantId', 'version'] as const;
  const fields: Readonly<Record<string, fc.Arbitrary<unknown>>> = {
    ...Object.fromEntries(required.map((name) => [name, field])),
    type: fc.oneof({ weight: 10, arbitrary: fc.constant('order.placed') }, field),
    data: fc.jsonValue({ maxDepth: 2 }),
    ...Object.fromEntries(['causationId', 'key', 'userId', 'traceparent'].map((name) => [name, optional])),
    replay,
    unknown: anything,
    upcastFrom: anything,
    extra: anything,
  };
  /** Envelopes that lack one required field in about one case of five. */
  const envelope = fc
    .tuple(
      fc.record(fields, { requiredKeys: ['type', 'data', ...required] }),
      fc.option(fc.constantFrom('type', 'data', ...required), { freq: 5 }),
    )
    .map(([whole, absent]) => Object.fromEntries(Object.entries(whole).filter(([name]) => name !== absent)));
  const entry = fc.oneof({ weight: 20, arbitrary: envelope }, fc.jsonValue());

  it(
    'accepts exactly what the reader accepts as an envelope',
    () => {
      let accepted = 0;
      fc.assert(
        fc.property(entry, (value) => {
          const json = JSON.stringify(value);
          const read = readEntry(json, definitions, Number.MAX_SAFE_INTEGER);
          const isEnvelope = read.kind !== 'invalid' || read.reason !== 'NOT_ENVELOPE';
          if (isEnvelope) accepted += 1;
          expect(acceptedBySchema(JSON.parse(json))).toBe(isEnvelope);
        }),
        { seed, numRuns },
      );
      // The property would hold for a generator that never makes a valid envelope.
      expect(accepted).toBeGreaterThan(numRuns / 20);
      expect(accepted).toBeLessThan(numRuns);
    },
    propertyTimeoutMs,
  );

  it('is described by docs/wire-format.md: the same fields, and the same ones are required', () => {
    const page = readFileSync('docs/wire-format.md', 'utf8');
    const rows = [...page.matchAll(/^\| `(\w+)` \| (yes|no) \|/gm)].map(([, name = '', isRequired]) => ({
      name,
      isRequired: isRequired === 'yes',
    }));
    expect(rows).toEqual(
      Object.keys(schema.properties).map((name) => ({ name, isRequired: schema.required.includes(name) })),
    );
  });
});
