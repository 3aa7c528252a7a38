import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadCatalog } from '../../../../generator/pipeline.js';
import { GeneratorError, type Problem } from '../../../../generator/support/errors.js';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'document-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

async function errorsOf(files: Readonly<Record<string, string>>): Promise<readonly Problem[]> {
  for (const [path, text] of Object.entries(files)) writeFileSync(join(folder, path), text);
  const rules = { TYPE_NAMING: 'off' } as const;
  try {
    await loadCatalog({ catalog: join(folder, 'asyncapi.yaml'), rules });
    return [];
  } catch (error) {
    if (!(error instanceof GeneratorError)) throw error;
    return error.problems.filter(({ severity }) => severity === 'error');
  }
}

const version3 = `asyncapi: 3.0.0
info: { title: Bakery, version: 1.0.0, description: Bread. }
servers:
  main: { host: localhost, protocol: redis, description: The only one. }
channels:
  bakery:
    address: bakery
    title: The bakery
    messages:
      BreadBaked:
        name: bakery.bread.baked
        summary: Bread came out of the oven.
        contentType: application/json
        payload: { type: object }
operations:
  bake:
    action: send
    channel: { $ref: '#/channels/bakery' }
    summary: Bakes.
`;
const version2 = `asyncapi: 2.6.0
info: { title: Bakery, version: 1.0.0, description: Bread. }
servers:
  main: { url: localhost, protocol: redis }
channels:
  bakery/bread:
    description: Of bread.
    subscribe:
      operationId: onBread
      message:
        description: Bread came out of the oven.
        contentType: application/json
        headers: { type: object }
        payload: { type: object }
`;

/** A key without its third letter. */
const misspelt = (key: string) => key.slice(0, 2) + key.slice(3);

describe('a misspelt key', () => {
  const keys = ['title', 'description', 'host', 'address', 'messages', 'summary', 'contentType', 'action', 'channel'];
  it.each([
    ...keys.map((key) => [key, version3] as const),
    ...['url', 'description', 'operationId', 'contentType', 'message', 'subscribe'].map(
      (key) => [key, version2] as const,
    ),
  ])('is one error, with the hint %s', async (key, document) => {
    const wrong = key.length < 4 ? `${key}s` : misspelt(key);
    const errors = await errorsOf({ 'asyncapi.yaml': document.replace(`${key}:`, `${wrong}:`) });
    expect(errors).toHaveLength(1);
    expect(errors[0]).toMatchObject({ code: 'ASYNCAPI_INVALID', hint: expect.stringContaining(`\`${key}\``) });
    expect(errors[0]?.message).toContain(JSON.stringify(wrong));
  });

  it('an unknown key without a similar one: one error, with the missing key', async () => {
    const errors = await errorsOf({ 'asyncapi.yaml': version3.replace('host: localhost', 'url: localhost') });
    expect(errors.map(({ message }) => message)).toEqual([expect.stringContaining('and host is missing')]);
  });
});

describe('a file that cannot be read', () => {
  const root = `asyncapi: 3.0.0
info: { title: Bakery, version: 1.0.0 }
channels:
  bakery: { $ref: 'bakery.yaml#/channels/bakery' }
operations:
  bake: { $ref: 'bakery.yaml#/operations/bake' }
`;
  it('with a syntax error: only this error is reported, without its consequences', async () => {
    const errors = await errorsOf({ 'asyncapi.yaml': root, 'bakery.yaml': 'channels: { bakery: { address: a\n  b: c' });
    expect([...new Set(errors.map(({ code }) => code))]).toEqual(['YAML_SYNTAX']);
  });

  it('that does not exist: reported at the reference', async () => {
    const errors = await errorsOf({ 'asyncapi.yaml': root });
    expect([...new Set(errors.map(({ code }) => code))]).toEqual(['REF_BROKEN']);
  });
});

describe('an AsyncAPI version that YAML reads as a number', () => {
  it.each(['3.0', '3', '2.6'])('%s: an error with the version to write', async (version) => {
    const whole = version === '2.6' ? '2.6.0' : '3.0.0';
    expect(await errorsOf({ 'asyncapi.yaml': version3.replace('3.0.0', version) })).toMatchObject([
      { code: 'ASYNCAPI_VERSION', hint: `write \`asyncapi: ${whole}\`` },
    ]);
  });
});

describe('references to files outside of the catalog', () => {
  const secret = 'password=not-for-the-log';
  const referring = (ref: string) => version3.replace('payload: { type: object }', `payload: { $ref: '${ref}' }`);
  const outside = mkdtempSync(join(tmpdir(), 'outside-'));
  writeFileSync(join(outside, 'private.txt'), secret);

  it.each([
    ['a full path', (path: string) => path],
    ['a file URL', (path: string) => `file://${path}`],
    ['a relative path', () => '../private.txt'],
    ['a symbolic link', () => 'link.txt'],
    ['a symbolic link to its folder', () => 'folder/private.txt'],
    ['a symbolic link with the name of a document', () => 'link.yaml'],
    ['a relative path two folders up', () => '../../etc/private.yaml'],
  ])('by %s: refused, and no content of the file is printed', async (_name, refOf) => {
    symlinkSync(join(outside, 'private.txt'), join(folder, 'link.txt'));
    symlinkSync(join(outside, 'private.txt'), join(folder, 'link.yaml'));
    symlinkSync(outside, join(folder, 'folder'));
    const errors = await errorsOf({ 'asyncapi.yaml': referring(refOf(join(outside, 'private.txt'))) });
    expect(errors.map(({ code }) => code)).toEqual(['REF_OUTSIDE']);
    expect(JSON.stringify(errors)).not.toContain('password');
  });
});

describe('references to a document next to the catalog’s folder', () => {
  it('are followed', async () => {
    const beside = mkdtempSync(join(tmpdir(), 'beside-'));
    writeFileSync(join(beside, 'schemas.yaml'), 'Bread: { type: object, properties: { loaves: { type: integer } } }\n');
    const ref = `payload: { $ref: '../${basename(beside)}/schemas.yaml#/Bread' }`;
    expect(await errorsOf({ 'asyncapi.yaml': version3.replace('payload: { type: object }', ref) })).toEqual([]);
    rmSync(beside, { recursive: true });
  });
});

describe('a document without references, as bundlers write it', () => {
  it('is read like a document with references', async () => {
    const channel = '{ address: bakery, messages: { Baked: { name: bakery.bread.baked, payload: { type: object } } } }';
    const message = '{ name: bakery.bread.baked, payload: { type: object } }';
    const errors = await errorsOf({
      'asyncapi.yaml': `asyncapi: 3.0.0
info: { title: Bakery, version: 1.0.0 }
channels:
  bakery: ${channel}
operations:
  bake: { action: send, x-service: oven, channel: ${channel}, messages: [${message}] }
`,
    });
    expect(errors).toEqual([]);
    const { model } = await loadCatalog({ catalog: join(folder, 'asyncapi.yaml') });
    expect(model.events).toMatchObject([{ type: 'bakery.bread.baked', senders: ['oven'] }]);
  });
});
