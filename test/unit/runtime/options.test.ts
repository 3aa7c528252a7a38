import { readFile } from 'node:fs/promises';
import {
  createEventBus,
  createEventOperator,
  EventBusError,
  handlerDefaults,
  silentLogger,
} from '@hyvve-events/runtime';
import { handlersOf, subscribeTo } from '@hyvve-events/runtime/codegen';
import { createMemoryBroker, createMemoryBus } from '@hyvve-events/runtime/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { adminOptions } from '../../../admin/options.js';
import { commonBusOptions } from '../../../runtime/bus/bus-options.js';
import { handlerOptions } from '../../../runtime/handle/handler-options.js';
import { nearestOf, type Option, resolveOptions } from '../../../runtime/options.js';
import { publishOptions } from '../../../runtime/publish/publish-options.js';
import { operatorOptions } from '../../../runtime/redis/operate/operator-options.js';
import { busOptions, maintenanceOptions, resolveSettings } from '../../../runtime/redis/settings.js';
import { AnythingNoted, ItemApproved } from '../../support/events/items.js';
import { fuzzSeed, hostile } from '../../support/hostile.js';

type Table = Readonly<Record<string, Option<unknown>>>;
const tables: readonly [name: string, table: Table][] = [
  ['`createEventBus`', busOptions],
  ['`maintenance` of `createEventBus`', maintenanceOptions],
  ['Handlers', handlerOptions],
  ['Publishing', publishOptions],
  ['`createEventOperator`', operatorOptions],
  ['`buildApp`', adminOptions],
];
/** Values that are invalid for every option with a check. */
const wrong = [null, Number.NaN, -1, Number.NEGATIVE_INFINITY, '', ' \ud83d', {}, [{}], () => 1, Symbol('s'), 1n];
/** Values of the list that are valid for an option. */
const taken: Readonly<Record<string, readonly unknown[]>> = {
  durability: [wrong[6], wrong[7]],
  maintenance: [wrong[6], wrong[7]],
  priority: [-1],
  metrics: [wrong[6], wrong[7], wrong[8]],
  interceptors: [wrong[6], wrong[7]],
  onError: [wrong[8]],
  catalogHash: [],
  keys: [wrong[6], wrong[7]],
  database: [wrong[6], wrong[7]],
};

function refusal(run: () => unknown): EventBusError {
  try {
    run();
  } catch (thrown) {
    if (thrown instanceof EventBusError) return thrown;
    throw thrown;
  }
  throw new Error('nothing was refused');
}

describe.each(tables)('options: %s', (_name, table) => {
  const options = Object.entries(table).filter(([name]) => name !== 'redis');
  const given: Record<string, unknown> = {
    ...(table === busOptions ? { service: 'desk' } : {}),
    ...(table === adminOptions ? { keys: { secret: 'x'.repeat(32) } } : {}),
  };
  it.each(options)(
    '%s: an invalid value is refused; the error has the name, the value and the allowed values',
    (name, option) => {
      for (const value of wrong) {
        if (taken[name]?.includes(value)) continue;
        const error = refusal(() =>
          resolveOptions<Record<string, unknown>>('caller', table, { ...given, [name]: value }),
        );
        expect(error.code, `${name}: ${String(value)}`).toBe('CONFIG_INVALID');
        expect(error.message).toContain(`caller: ${name} must be ${option.check.expected}, not `);
      }
    },
  );

  it('the defaults are valid values', () => {
    for (const [name, option] of options) {
      if (option.default !== undefined) expect(option.check.holds(option.default), name).toBe(true);
    }
    expect(resolveOptions<Record<string, unknown>>('caller', table, given)).toMatchObject(given);
  });

  it('a misspelt name is refused with a suggestion', () => {
    for (const name of Object.keys(table)) {
      const misspelt = `${name.slice(0, 2)}${name.slice(3)}x`;
      const error = refusal(() =>
        resolveOptions<Record<string, unknown>>('caller', table, { ...given, [misspelt]: 1 }),
      );
      expect(error.message).toContain(`caller: there is no option "${misspelt}": did you mean "`);
      expect(nearestOf(misspelt, Object.keys(table))).toBe(name);
    }
  });

  it('docs/options.md lists every option with its default', async () => {
    const page = await readFile('docs/options.md', 'utf8');
    const section = page.split(/^## /m).find((part) => part.startsWith(`${_name}\n`)) ?? '';
    const listed = new Map(
      [...section.matchAll(/^\| `(\w+)` \| .+ \| (.+) \|$/gm)].map(([, name = '', text = '']) => [name, text]),
    );
    expect([...listed.keys()].sort()).toEqual(Object.keys(table).sort());
    for (const [name, option] of Object.entries(table)) {
      const value = option.default;
      if (value === undefined || name === 'logger') continue;
      const written = value === Number.POSITIVE_INFINITY ? 'Infinity' : JSON.stringify(value).replaceAll('"', "'");
      expect(listed.get(name), name).toBe(`\`${written}\``);
    }
  });
});

describe('options in place', () => {
  it.each<[string, () => unknown, RegExp]>([
    ['a bus', () => createEventBus({ service: 'desk', concurency: 5 } as never), /createEventBus: .*"concurrency"/],
    ['no options', () => createEventBus(undefined as never), /createEventBus: the options must be an object/],
    ['no service', () => createEventBus({} as never), /service must be a name .* not undefined/],
    [
      'a start',
      () => createEventBus({ service: 'desk', startFrom: 'newest' as never }),
      /startFrom must be 'earliest'/,
    ],
    [
      'an invalid date',
      () => createEventBus({ service: 'desk', startFrom: new Date(Number.NaN) }),
      /startFrom must be/,
    ],
    [
      'maintenance',
      () => createEventBus({ service: 'desk', maintenance: { eventsMs: -1 } }),
      /maintenance: eventsMs must/,
    ],
    [
      'a timer that Node cannot wait for',
      () => createEventBus({ service: 'desk', sweepMs: 2 ** 31 }),
      /sweepMs must be/,
    ],
    ['an operator', () => createEventOperator({ prefix: '{tag}' }), /createEventOperator: prefix must be/],
    [
      'a memory bus',
      () => createMemoryBus({ service: 'desk', drainMs: Number.NaN }),
      /createMemoryBus: drainMs must be/,
    ],
    [
      'a hook of a metrics object that is misspelt',
      () => createEventBus({ service: 'desk', metrics: { publishd: () => undefined } as never }),
      /createEventBus: metrics: there is no option "publishd": did you mean "published"/,
    ],
    [
      'a metrics object of a class that has no hook',
      () => createMemoryBus({ service: 'desk', metrics: new (class Publish {})() }),
      /createMemoryBus: metrics must be an object with the methods published and ran/,
    ],
    ['a function for metrics', () => createMemoryBus({ service: 'desk', metrics: (() => 1) as never }), /metrics must/],
    [
      'a memory broker',
      () => createMemoryBroker({ events: [1] as never }),
      /createMemoryBroker: events must be a list/,
    ],
    ['a handler', () => subscribe({ name: 'a', maxRetrys: 1 }), /handler a: there is no option .*"maxRetries"/],
    ['a handler without a name', () => subscribe({}), /subscribe: name must be 1 to 200/],
    ['a list of waits', () => subscribe({ name: 'a', retryDelaysMs: [1, Number.NaN] }), /retryDelaysMs must be a list/],
    [
      'no subscription',
      () => createMemoryBus({ service: 'desk' }).subscribe(undefined as never),
      /subscribe: the options/,
    ],
    [
      'a method that the interface does not have',
      () => handlersOf('approval', { onApproved: ItemApproved }, {}, { methods: { onAproved: {} } as never }),
      /handlers of approval: there is no method "onAproved": did you mean onApproved/,
    ],
  ])('%s: CONFIG_INVALID', (_what, run, message) => {
    const error = refusal(run);
    expect(error.code).toBe('CONFIG_INVALID');
    expect(error.message).toMatch(message);
  });

  function subscribe(options: object): void {
    createMemoryBus({ service: 'desk' }).subscribe(
      subscribeTo([AnythingNoted], '*', options as never, () => undefined),
    );
  }

  it('a metrics object of a class with other members is accepted', () => {
    class Counting {
      readonly registry = new Map<string, number>();
      published(): void {
        this.registry.set('published', 1);
      }
    }
    for (const metrics of [new Counting(), { ran: () => undefined }, {}, Object.create(null)]) {
      expect(createMemoryBus({ service: 'desk', metrics })).toBeDefined();
    }
  });

  it('options of a publish: CONTEXT_INVALID', async () => {
    const bus = createMemoryBus({ service: 'desk', logger: silentLogger });
    const publish = bus.publish(AnythingNoted, 1, { tenantId: 't', idempotencykey: 'k' } as never);
    await expect(publish).rejects.toMatchObject({
      code: 'CONTEXT_INVALID',
      message: expect.stringContaining('"idempotencyKey"'),
    });
  });

  it('any value as options is refused with a code, or resolved', () => {
    fc.assert(
      fc.property(hostile, fc.constantFrom(...Object.keys(busOptions)), (make, name) => {
        for (const options of [make(), { service: 'desk', [name]: make() }]) {
          try {
            expect(resolveSettings(options as never)).toBeDefined();
          } catch (error) {
            expect((error as EventBusError).code).toBe('CONFIG_INVALID');
          }
        }
      }),
      { seed: fuzzSeed, numRuns: 500 },
    );
  });

  it('the defaults of handlers are exported, and those of all buses are the same', () => {
    expect(handlerDefaults).toMatchObject({ priority: 100, maxRetries: 3, replay: 'include' });
    for (const [name, option] of Object.entries(commonBusOptions)) {
      expect((busOptions as Table)[name]).toBe(option);
    }
  });
});
