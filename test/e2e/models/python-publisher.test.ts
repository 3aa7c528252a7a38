import { execFile, execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { JsonValue } from '@hyvve-events/catalog-model';
import { createEventBus, createEventOperator, silentLogger } from '@hyvve-events/runtime';
import { events } from '@hyvve-events/sdk';
import { approvalHandlers, publishApprovalApproved } from '@hyvve-events/sdk/approval';
import { sampleApprovalApproved } from '@hyvve-events/sdk/samples/approval';
import fc from 'fast-check';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { uncheckedFormats } from '../../../models/python/publisher/checked-schemas.js';
import { pythonPattern } from '../../../models/python/publisher/python-pattern.js';
import { formats, patternOf } from '../../../runtime/codegen.js';
import { partitionOf } from '../../../runtime/redis/partitions/partition-of.js';
import { pythonWithPublisher } from '../../../scripts/ensure-models.js';
import { orderingKeys, partitions } from '../../support/events/wire-vectors.js';
import { formatTexts } from '../../support/format-texts.js';
import { fuzzSeed } from '../../support/hostile.js';
import { lenientProperties, oddValues } from '../../support/models/odd-values.js';
import {
  formatLines,
  hashKeys,
  matchLines,
  publishAny,
  publishLines,
  runExamples,
  tryClients,
  validateLines,
  wrongData,
} from '../../support/models/python-publisher-programs.js';
import { readCatalogs, type TestedCatalog, writeModels } from '../../support/models/round-trip-cases.js';
import { useRedis } from '../../support/redis/redis.js';
import { until } from '../../support/wait.js';

const files = [
  'catalog/asyncapi.yaml',
  'test/golden/unions/asyncapi.yaml',
  'test/golden/objects/asyncapi.yaml',
  'test/fixtures/documents/keywords.yaml',
  'test/fixtures/documents/odd-properties.yaml',
  'test/fixtures/models/odd-models.yaml',
  'test/fixtures/models/odd-schemas.yaml',
];

const python = pythonWithPublisher();
if (python === undefined) {
  console.warn(
    'NOT RUN: the Python publisher is not tested, because no python3 here has pydantic 2, jsonschema and redis',
  );
}

describe.skipIf(python === undefined)('the publisher in Python', () => {
  const redis = useRedis();
  const root = mkdtempSync(join(tmpdir(), 'hyvve-python-'));
  let catalogs: readonly TestedCatalog[] = [];

  beforeAll(async () => {
    catalogs = await readCatalogs(files, 8);
    for (const [index, catalog] of catalogs.entries()) {
      const folder = index === 0 ? root : join(root, `${index}`);
      await writeModels(catalog, 'python', index === 0 ? 'acme_events' : `c${index}`, folder);
    }
  });
  afterAll(() => rmSync(root, { recursive: true, force: true }));

  /** Runs a program of Python; returns the lines that it printed. */
  function run(program: string, args: readonly string[], lines: readonly unknown[] = []): readonly string[] {
    const file = join(root, 'program.py');
    writeFileSync(file, program);
    const input = lines.map((line) => `${JSON.stringify(line)}\n`).join('');
    const output = execFileSync(python ?? '', ['-W', 'error', file, root, ...args], {
      encoding: 'utf8',
      input,
      maxBuffer: 1 << 26,
    });
    return output.split('\n').slice(0, -1);
  }

  const data = sampleApprovalApproved();

  it('before a service has started: refused, because the number of partitions is not known', () => {
    const [line] = run(publishLines, [redis.url, '{"tenant_id":"acme"}'], [{ data, context: {} }]);
    expect(JSON.parse(line ?? '')).toMatchObject({
      code: 'UNAVAILABLE',
      message: expect.stringContaining('{hyvve:map}'),
    });
  });

  it('the example of every event of the docs: its event is handled, counted and found', async () => {
    const received = new Map<string, string>();
    const bus = createEventBus({ service: 'listener', redis: redis.url, logger: silentLogger });
    const { subscribe } = await import('@hyvve-events/sdk');
    bus.subscribe(
      subscribe('*', { name: 'all' }, (event) => {
        received.set(event.type, JSON.stringify(event.data));
      }),
    );
    await bus.start();
    const ids = run(runExamples, [redis.url]);
    const [platform] = catalogs;
    const published = platform?.model.events.filter((event) => !event.reply) ?? [];
    expect(ids).toHaveLength(published.length);
    await until('all are handled', () => received.size === published.length);
    for (const { type, examples } of published) {
      expect(JSON.parse(received.get(type) ?? ''), type).toEqual(examples[0]?.data);
    }
    const operator = createEventOperator({ redis: redis.url, events });
    for (const eventId of ids.slice(0, 3)) {
      const [group] = await operator.status({ eventId });
      expect(group).toMatchObject({ group: 'listener', handlers: [{ handler: 'all', status: 'COMPLETED' }] });
    }
    await until('all are counted', async () => {
      const { lastDay } = await operator.statistics.snapshot();
      return lastDay.published === published.length && lastDay.completed === published.length;
    });
    expect(await operator.deadLetters.count()).toBe(0);
    await Promise.all([bus.close(), operator.close()]);
  });

  it('the context is in the envelope, and an idempotency key is that of all publishers', async () => {
    const seen = new Map<string, unknown>();
    const bus = createEventBus({ service: 'approvals', redis: redis.url, logger: silentLogger });
    bus.subscribe(approvalHandlers({ onApprovalApproved: (event) => void seen.set(event.id, event) }));
    await bus.start();
    const context = {
      tenant_id: 'a b/ü',
      user_id: 'ann',
      correlation_id: 'flow-1',
      causation_id: 'cause-1',
      traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
    };
    const [first] = run(publishLines, [redis.url, '{}'], [{ data, context: { ...context, idempotency_key: 'k:1' } }]);
    const options = { tenantId: 'a b/ü', idempotencyKey: 'k:1' };
    const again = await publishApprovalApproved(bus, data, options);
    expect(again).toEqual({ ...JSON.parse(first ?? ''), duplicate: true });
    const other = await publishApprovalApproved(bus, data, { ...options, idempotencyKey: 'k2' });
    const [second] = run(
      publishLines,
      [redis.url, JSON.stringify({ tenant_id: 'a b/ü' })],
      [{ data, context: { idempotency_key: 'k2' } }],
    );
    expect(JSON.parse(second ?? '')).toEqual({ ...other, duplicate: true });
    // The service is new: it also handles the events that are in the stream already.
    await until('both are handled', () => seen.has(again.id) && seen.has(other.id));
    expect(seen.get(again.id)).toEqual(
      expect.objectContaining({
        source: 'kiosk',
        tenantId: 'a b/ü',
        userId: 'ann',
        correlationId: 'flow-1',
        causationId: 'cause-1',
        traceparent: context.traceparent,
        key: data.approvalId,
        version: '1.0.0',
        data,
      }),
    );
    await bus.close();
  });

  it('has the script of the wire format, and its partitions', () => {
    const ofPairs = orderingKeys.map(({ tenantId, key }) => [tenantId, key]);
    const lines = run(hashKeys, [], [...partitions.map(({ key }) => key), ...ofPairs]);
    expect(lines.map((line) => JSON.parse(line))).toEqual(
      [...partitions, ...orderingKeys].map(({ hash, partitionOf16 }) => [hash, partitionOf16]),
    );
    const script = readFileSync('runtime/wire/publish.lua', 'utf8').replace(/^--.*\n/gm, '');
    expect(readFileSync(join(root, 'acme_events/publisher.py'), 'utf8')).toContain(`"""\n${script}"""`);
  });

  it('ordering keys: from the data or from the publish, in the envelope and in the partition, as the SDK has them', async () => {
    const client = new Redis(redis.url);
    const definitions = catalogs[2]?.model.events ?? [];
    expect(definitions.map(({ type, partitionBy }) => [type, partitionBy])).toEqual([
      ['devices.part.moved', undefined],
      ['devices.reading.taken', 'ordering-key'],
    ]);
    await client.hset('{hyvve:map}', { epoch: 1, partitions: 16 });
    const moved = (shelf: unknown, context = {}) => ['devices.part.moved', { from: { shelf } }, context];
    const taken = (id: string, context = {}) => ['devices.reading.taken', { 'device.id': id, values: {} }, context];
    const once = { idempotency_key: 'once' };
    const lines = [
      ...[moved(7), moved(7.0), moved(7, { key: '7' })],
      ...[taken('d\n1', once), taken('d\n1', once), taken('d2', once), taken('x'.repeat(1_001))],
    ];
    const folder = join(root, '2');
    const file = join(folder, 'any.py');
    writeFileSync(file, publishAny);
    const input = lines.map((line) => `${JSON.stringify(line)}\n`).join('');
    const output = execFileSync(python ?? '', [file, folder, redis.url, 'c2'], { encoding: 'utf8', input });
    const results = output
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(results.map(({ code, duplicate }) => code ?? duplicate)).toEqual([
      ...[false, false, 'CONTEXT_INVALID', false, true, false, 'CONTEXT_INVALID'],
    ]);
    expect([results[2].message, results[6].message]).toEqual([
      expect.stringContaining('key must not be set: it is read from the data at /from/shelf'),
      expect.stringContaining('the data at /device.id is not a text of 1 to 1000'),
    ]);
    const entryIn = async (key: string, { streamId }: { readonly streamId: string }) => {
      const stream = `{hyvve:${partitionOf(key, 16)}}:events`;
      const [entry] = await client.xrange(stream, streamId, streamId);
      return entry?.[1][1];
    };
    expect(await entryIn('acme', results[0])).toContain('"tenantId":"acme","key":"7","version"');
    expect(await entryIn('acme', results[1])).toContain('"tenantId":"acme","key":"7","version"');
    expect(await entryIn('acme\nd%0A1', results[3])).toContain('"tenantId":"acme","key":"d\\n1","version"');
    expect(await entryIn('acme\nd2', results[5])).toContain('"key":"d2"');
    const remembered = `{hyvve:${partitionOf('acme\nd%0A1', 16)}}:idempotency:ordering:acme%0Ad%250A1:once`;
    expect(await client.exists(remembered)).toBe(1);
    await client.hset('{hyvve:map}', { epoch: 1, partitions: 1 });
    await client.hdel('{hyvve:map}', 'growths');
    await client.quit();
  });

  it('⚑ the number of partitions changes: it waits for the new map, writes where it says, and finds earlier idempotency keys', async () => {
    const client = new Redis(redis.url);
    const tenants = ['acme', 'tenant-1', 'none', 'abc'];
    const changed = tenants.map((tenant) => `{hyvve:${partitionOf(tenant, 4)}}:events`);
    const lengths = () => Promise.all(changed.map((key) => client.xlen(key)));
    const kept = tenants.map((tenant_id) => ({ data, context: { tenant_id, idempotency_key: 'kept' } }));
    const publishKept = () => run(publishLines, [redis.url, '{}'], kept).map((line) => JSON.parse(line));
    const first = publishKept();
    const before = await lengths();
    await client.hset('{hyvve:0}:partition', 'epoch', 2);
    const file = join(root, 'waits.py');
    writeFileSync(file, publishLines);
    const child = promisify(execFile)(python ?? '', [file, root, redis.url, '{}']);
    const lines = tenants.map((tenant_id) =>
      JSON.stringify({ data, context: { tenant_id, idempotency_key: 'moved' } }),
    );
    child.child.stdin?.end(`${lines.join('\n')}\n`);
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    expect(await lengths()).toEqual(before);
    // This one has lost its seal, the others their hash: the publisher writes them again.
    await client.hset('{hyvve:1}:partition', 'epoch', 1);
    const ended = Date.now();
    await client.hset('{hyvve:map}', { epoch: 2, partitions: 4, growths: `2@${ended} 4@${ended}` });
    const results = (await child).stdout.trim().split('\n');
    expect(results.map((line) => JSON.parse(line).duplicate)).toEqual([false, false, false, false]);
    const written = changed.map((key) => changed.filter((each) => each === key).length);
    expect(await lengths()).toEqual(before.map((length, index) => length + (written[index] ?? 0)));
    expect(publishKept()).toEqual(first.map((published) => ({ ...published, duplicate: true })));
    expect(changed).toContain('{hyvve:1}:events');
    expect(await client.hgetall('{hyvve:1}:partition')).toEqual({ epoch: '2', count: '4', fence: '0-0' });
    await client.hset('{hyvve:map}', { epoch: 1, partitions: 1 });
    await client.hdel('{hyvve:map}', 'growths');
    await client.hset('{hyvve:0}:partition', 'epoch', 1);
    await client.quit();
  });

  it('a user of Redis with the documented permissions may publish', () => {
    const keys = ['events', 'partition', 'idempotency:*'].map((name) => `~{hyvve:[0-9]*}:${name}`);
    const commands = ['+eval', '+hmget', '+hget', '+hset', '+xadd', '+get', '+set'];
    const rule = ['kiosk', 'on', '>secret', '%R~{hyvve:map}', ...keys, ...commands];
    execFileSync('redis-cli', ['-u', redis.url, 'ACL', 'SETUSER', ...rule]);
    const url = redis.url.replace('redis://', 'redis://kiosk:secret@');
    const lines = run(
      publishLines,
      [url, '{"tenant_id":"acme"}'],
      [
        { data, context: {} },
        { data, context: { idempotency_key: 'acl' } },
      ],
    );
    expect(lines.map((line) => JSON.parse(line).duplicate)).toEqual([false, false]);
  });

  it('refuses what is not valid, and writes nothing', async () => {
    const client = new Redis(redis.url);
    const before = await client.xlen('{hyvve:0}:events');
    const tenant_id = 'acme';
    const cases = [
      [{ data: { ...data, confidenceScore: 2 } }, 'VALIDATION_FAILED', '$.confidenceScore must be <= 1'],
      [{ data: { ...data, approvalId: 'A_1' } }, 'VALIDATION_FAILED', '$.approvalId must match format "cuid2"'],
      [{ data: { ...data, more: 1 } }, 'VALIDATION_FAILED', "'more' was unexpected"],
      [{ data: { ...data, title: '\ud800' } }, 'VALIDATION_FAILED', 'cannot be written as JSON'],
      [{ data: { ...data, decisionNotes: 'x'.repeat(1_100_000) } }, 'PAYLOAD_TOO_LARGE', 'more than 1048576'],
      [{ context: {} }, 'CONTEXT_INVALID', 'tenant_id is missing'],
      [{ context: { tenant_id: 'x'.repeat(1_001) } }, 'CONTEXT_INVALID', 'tenant_id is not'],
      [{ context: { tenant_id, tenant: 'acme' } }, 'CONTEXT_INVALID', 'tenant is not known'],
      [{ context: { tenant_id, idempotency_ttl_ms: 0 } }, 'CONTEXT_INVALID', 'idempotency_ttl_ms'],
    ] as const;
    const lines = cases.map(([line]) => Object.assign({ data, context: { tenant_id } }, line));
    const results = run(publishLines, [redis.url, '{}'], lines);
    cases.forEach(([, code, text], index) => {
      expect(JSON.parse(results[index] ?? '')).toMatchObject({ code, message: expect.stringContaining(text) });
    });
    expect(await client.xlen('{hyvve:0}:events')).toBe(before);
    await client.quit();
  });

  it('clients: one that decodes replies or sends again is usable, others are refused, and so is data that is not JSON', () => {
    const [line] = run(tryClients, [redis.url], [data]);
    expect(JSON.parse(line ?? '')).toEqual({
      decoding: false,
      again: true,
      resent: false,
      pipeline: 'CONFIG_INVALID',
      asyncio: 'CONFIG_INVALID',
      prefix: 'CONFIG_INVALID',
      unknown: 'CONTEXT_INVALID',
      set: 'VALIDATION_FAILED',
      nan: 'VALIDATION_FAILED',
      huge: 'VALIDATION_FAILED',
      deep: 'VALIDATION_FAILED',
      written: 2,
    });
  });

  it('errors and warnings contain no values', () => {
    const [line] = run(wrongData, [redis.url], [data]);
    const texts = JSON.parse(line ?? '') as readonly string[];
    expect(texts).toHaveLength(3);
    for (const text of texts) {
      expect(text).toContain('confidenceScore');
      expect(text).not.toContain('secret');
    }
  });

  it('None in an optional property: it is absent', async () => {
    const [result] = run(
      publishLines,
      [redis.url, '{"tenant_id":"acme"}'],
      [{ data: { ...data, decisionNotes: null }, context: {} }],
    );
    const entry = execFileSync(
      'redis-cli',
      ['-u', redis.url, 'XRANGE', '{hyvve:0}:events', JSON.parse(result ?? '').streamId, '+'],
      {
        encoding: 'utf8',
      },
    );
    expect(entry).toContain('"approvalId"');
    expect(entry).not.toContain('decisionNotes');
  });

  it('a process that is killed while it publishes leaves whole events, and a repeat with the same key writes none twice', async () => {
    const program = `${publishLines.split('publisher = ')[0]}
publisher = Publisher(Redis.from_url(sys.argv[2]), source="kiosk", tenant_id="killed")
data = ApprovalDecisionPayload.model_validate(json.loads(sys.argv[3]))
for number in range(400):
    publish_approval_approved(publisher, data, idempotency_key=f"n{number}")
    print(number, flush=True)
`;
    const file = join(root, 'killed.py');
    writeFileSync(file, program);
    const args = [file, root, redis.url, JSON.stringify(data)];
    const last = await new Promise<number>((resolve) => {
      let printed = '';
      const child = execFile(python ?? '', args, () => resolve(Number(printed.trim().split('\n').at(-1))));
      child.stdout?.on('data', (text: string) => {
        printed += text;
        if (printed.includes('\n100\n')) child.kill('SIGKILL');
      });
    });
    expect(last).toBeLessThan(399);
    await promisify(execFile)(python ?? '', args);
    const client = new Redis(redis.url);
    const entries = await client.xrange('{hyvve:0}:events', '-', '+');
    const envelopes = entries.map(
      ([, [, text = '']]) => JSON.parse(text) as { readonly id: string; readonly tenantId: string },
    );
    const killed = envelopes.filter(({ tenantId }) => tenantId === 'killed');
    expect(killed).toHaveLength(400);
    expect(new Set(killed.map(({ id }) => id)).size).toBe(400);
    await client.quit();
  });

  it('refuses what the validators of the SDK refuse, and nothing else', () => {
    const broken = fc.sample(
      fc.record({ at: fc.nat(), value: fc.constantFrom<JsonValue>('', 'x', -1, 1.5, 1e9, true, [], {}, '2024-02-30') }),
      { seed: fuzzSeed, numRuns: 2_000 },
    );
    const lines = catalogs.flatMap((catalog, index) =>
      catalog.cases.flatMap(({ model, text }, number) => {
        const whole = JSON.parse(text) as JsonValue;
        const { at = 0, value = '' } = broken[(number * 7 + index) % broken.length] ?? {};
        const name = index === 0 ? 'acme_events' : `c${index}`;
        const folder = index === 0 ? root : join(root, `${index}`);
        return [whole, withValue(whole, at, value), withoutOne(whole, at)].map((each) => ({
          folder,
          package: name,
          schema: model,
          data: each,
          isValid: catalog.isValid(model, each),
        }));
      }),
    );
    expect(lines.length).toBeGreaterThan(900);
    expect(lines.filter(({ isValid }) => !isValid).length).toBeGreaterThan(250);
    const results = run(validateLines, [], lines);
    const wrong = lines.flatMap((line, index) => {
      const violations = JSON.parse(results[index] ?? '') as readonly string[];
      if ((violations.length === 0) === line.isValid) return [];
      return [`${line.isValid ? 'refused' : 'accepted'} ${JSON.stringify(line)} ${violations.join('; ')}`];
    });
    expect(wrong).toEqual([]);
  });

  it('odd schemas: refuses what the validators of the SDK refuse, and nothing else', () => {
    const index = files.length - 1;
    const lines = Object.entries(oddValues).flatMap(([name, texts]) =>
      texts.map((text) => {
        const json = `{${JSON.stringify(name)}:${text}}`;
        const isValid = catalogs[index]?.isValid('ValuePayload', JSON.parse(json)) === true;
        return {
          folder: join(root, `${index}`),
          package: `c${index}`,
          schema: 'ValuePayload',
          text: json,
          name,
          isValid,
        };
      }),
    );
    expect(lines.filter(({ isValid }) => !isValid).length).toBeGreaterThan(50);
    const results = run(validateLines, [], lines);
    expect(results).toHaveLength(lines.length);
    const wrong = lines.flatMap(({ name, text, isValid }, number) => {
      const violations = JSON.parse(results[number] ?? '') as readonly string[];
      const isAccepted = violations.length === 0;
      if (isAccepted === isValid || (isAccepted && lenientProperties.includes(name))) return [];
      return [`${isValid ? 'refused' : 'accepted'} ${text} ${violations.join('; ')}`];
    });
    expect(wrong).toEqual([]);
  });

  it('formats have the same texts as in the SDK', () => {
    const lines = formatTexts.map(([format, valid, refused]) => ({ format, texts: [...valid, ...refused] }));
    const results = run(formatLines, [], lines).map((line) => JSON.parse(line) as readonly boolean[] | null);
    const known = formatTexts.flatMap(([format, valid, refused], index) => {
      const expected = [...valid.map(() => true), ...refused.map(() => false)];
      const result = results[index];
      if (result !== null) expect(result, format).toEqual(expected);
      return result === null ? [] : [format];
    });
    const texts = Object.entries(formats).flatMap(([name, { type }]) => (type === 'string' ? [name] : []));
    const unknown = texts.filter((format) => !known.includes(format));
    expect(unknown.sort()).toEqual([...uncheckedFormats].sort());
  });

  it('patterns match the same texts as in JavaScript', () => {
    const texts = fc.sample(fc.stringMatching(/^[ab1_{}$\-\][&|~é\s😀]{0,6}$/u), { seed: fuzzSeed, numRuns: 150 });
    const lines = patterns.map((pattern) => ({ pattern: pythonPattern(pattern), texts: [...texts, ...odd] }));
    expect(lines.filter(({ pattern }) => pattern === undefined)).toEqual([]);
    expect(otherPatterns.map((pattern) => pythonPattern(pattern))).toEqual(otherPatterns.map(() => undefined));
    const results = run(matchLines, [], lines).map((line) => JSON.parse(line) as readonly boolean[]);
    patterns.forEach((pattern, index) => {
      const expression = patternOf(pattern);
      const expected = lines[index]?.texts.map((text) => expression.test(text));
      expect(results[index], pattern).toEqual(expected);
    });
  });
});

/** Texts with what the two languages treat differently by default. */
const odd = ['a\n', '\u00a0', '\u2028', '٣', 'é', 'a.b', 'ab-1', '\b', 'xx', 'a{,2}', ']', '-'];

const patterns = [
  ...[
    '^a+$',
    '^.$',
    '\\d',
    '^\\w+$',
    '\\s',
    '\\S',
    '[\\s]',
    '[^\\s]',
    '[[]',
    '[&&~~||a-]',
    '[a\\-b]',
    '^[^]$',
    'a{1,2}',
    'a{2}',
    'a{1,}',
  ],
  ...[
    'a{,2}',
    '^(?<first>a)b?$',
    '^(?<gr$oup>a|b)$',
    '^\\ud83d\\ude00$',
    '[\\uD83D\\uDE00a]',
    '\\\\ud83d',
    '(?=a)a',
    '(?!a).',
    '(?:ab)?1',
    '\\/',
    '\\u{1F600}',
    '[\\u{1F600}]',
    '\\x61',
    '\\u0061',
  ],
  ...['\\cA', '[\\b]', '\\bab\\b', '\\.', '\\$', '^$', '[$^]', '\\D', '[\\d_]'],
];

/** Python has nothing that is the same. */
const otherPatterns = [
  '^(a)?b\\1$',
  '^(?<x>a)?\\k<x>$',
  '(?<=a)b',
  '\\p{Lu}',
  '[^\\S]',
  '\\u',
  '\\x1',
  '\\c',
  '\\u{110000}',
];

/** Data with another value in one of its properties. */
function withValue(data: JsonValue, at: number, value: JsonValue): JsonValue {
  if (typeof data !== 'object' || data === null || Array.isArray(data)) return value;
  const names = Object.keys(data);
  const name = names[at % Math.max(1, names.length)] ?? 'new';
  return { ...data, [name]: value };
}

/** Data without one of its properties. */
function withoutOne(data: JsonValue, at: number): JsonValue {
  if (typeof data !== 'object' || data === null || Array.isArray(data)) return data;
  const names = Object.keys(data);
  const left = names[at % Math.max(1, names.length)];
  return Object.fromEntries(Object.entries(data).filter(([name]) => name !== left));
}
