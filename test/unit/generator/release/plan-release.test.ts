import { describe, expect, it } from 'vitest';
import type { ComparableModel } from '../../../../generator/diff/compare-models.js';
import type { CompatibilityMode } from '../../../../generator/diff/modes.js';
import type { JsonSchema } from '../../../../generator/model/event-model.js';
import { planRelease } from '../../../../generator/release/plan-release.js';

interface Options {
  readonly version?: string;
  readonly catalog?: string;
  readonly key?: string;
  readonly description?: string;
  readonly deprecated?: boolean;
  readonly type?: string;
}

const closed = (properties: Readonly<Record<string, JsonSchema>>, required: readonly string[] = []): JsonSchema => ({
  type: 'object',
  properties,
  required,
  additionalProperties: false,
});
const text = { type: 'string' };
const base = closed({ id: text, kind: { enum: ['a', 'b'] } }, ['id']);

function modelOf(schema: JsonSchema | undefined, options: Options = {}): ComparableModel {
  const { version = '1.2.3', catalog = '4.5.6', key = 'OrderPlaced', description = '', deprecated = false } = options;
  const type = options.type ?? 'shop.order.placed';
  const event = { type, key, version, domain: 'shop', description, deprecated, stream: 's' };
  const events = schema === undefined ? [] : [{ ...event, senders: [], receivers: [], payload: 'Order' }];
  const hash = JSON.stringify([schema, options]);
  const schemas = schema === undefined ? [] : [{ name: 'Order', uses: [], schema }];
  return { catalog: { title: 'Shop', version: catalog, hash }, events, schemas };
}

const released = (model: ComparableModel, packageVersion?: string) => ({
  label: 'the last release',
  recordedAt: '2026-11-29',
  model,
  packageVersion,
});

function plan(now: ComparableModel, mode: CompatibilityMode = 'backward_transitive', before = modelOf(base)) {
  const result = planRelease(now, { releases: [released(before, '7.8.9')], mode, sdk: { packageVersion: '7.8.9' } });
  return {
    event: result.events.get('shop.order.placed')?.to,
    catalog: result.catalog.to,
    package: result.package?.to,
    bump: result.bump,
  };
}

const optional = closed({ id: text, kind: { enum: ['a', 'b'] }, note: text }, ['id']);
const wider = closed({ id: text, kind: { enum: ['a', 'b', 'c'] } }, ['id']);
const narrower = closed({ id: text, kind: { enum: ['a'] } }, ['id']);

describe('planRelease', () => {
  it.each([
    ['an added property', modelOf(optional), '1.3.0', '4.6.0', '7.9.0'],
    ['a wider enum: handlers must handle a new value', modelOf(wider), '1.3.0', '5.0.0', '8.0.0'],
    ['a narrower enum: old data may be invalid', modelOf(narrower), '2.0.0', '5.0.0', '8.0.0'],
    ['a removed property', modelOf(closed({ id: text }, ['id'])), '2.0.0', '5.0.0', '8.0.0'],
    ['another text', modelOf(base, { description: 'Other words.' }), '1.2.4', '4.5.7', '7.8.10'],
    ['a deprecated event', modelOf(base, { deprecated: true }), '1.2.4', '4.6.0', '7.9.0'],
    ['another key: a name of the SDK', modelOf(base, { key: 'OrderCreated' }), undefined, '5.0.0', '8.0.0'],
    ['another event type', modelOf(base, { type: 'shop.order.made' }), undefined, '5.0.0', '8.0.0'],
    ['a removed event', modelOf(undefined), undefined, '5.0.0', '8.0.0'],
    [
      'versions that were raised before',
      modelOf(narrower, { version: '2.0.0', catalog: '6.0.0' }),
      undefined,
      '6.0.0',
      '8.0.0',
    ],
    ['a major version without another change', modelOf(base, { version: '2.0.0' }), undefined, '5.0.0', '8.0.0'],
    ['a lowered version', modelOf(base, { version: '1.1.0' }), '1.2.3', '4.5.7', '7.8.10'],
  ])('%s', (_, now, event, catalog, sdk) => {
    expect(plan(now)).toMatchObject({ event, catalog, package: sdk });
  });

  it('in a mode that checks forward, a wider schema needs a new major version', () => {
    expect(plan(modelOf(wider), 'full').event).toBe('2.0.0');
    expect(plan(modelOf(optional), 'full').event).toBe('1.3.0');
  });

  it('without a change: no version rises', () => {
    expect(plan(modelOf(base))).toEqual({ event: undefined, catalog: '4.5.6', package: '7.8.9', bump: 'none' });
  });

  it('the first release: the versions of the catalog', () => {
    const first = planRelease(modelOf(base), { releases: [], mode: 'backward', sdk: {} });
    expect(first).toMatchObject({ last: undefined, package: undefined, changes: [], catalog: { to: '4.5.6' } });
    expect(first.events.size).toBe(0);
  });

  it('counts the package from its version in the last release', () => {
    const now = modelOf(optional);
    const since = (packageVersion: string | undefined, present: string) =>
      planRelease(now, {
        releases: [released(modelOf(base), packageVersion)],
        mode: 'backward',
        sdk: { packageVersion: present },
      }).package?.to;
    expect(since('7.8.9', '7.9.0')).toBe('7.9.0');
    expect(since('7.8.9', '7.8.10')).toBe('7.9.0');
    expect(since(undefined, '7.8.9')).toBe('7.9.0');
  });

  it('an older release in the retention counts too', () => {
    const older = released(
      modelOf(closed({ id: text, kind: { enum: ['a', 'b', 'z'] } }, ['id']), { version: '1.1.0' }),
    );
    const last = released(modelOf(base));
    const mode = 'backward_transitive';
    const { events } = planRelease(modelOf(base), { releases: [older, last], mode, sdk: {} });
    expect(events.get('shop.order.placed')?.to).toBe('2.0.0');
  });
});
