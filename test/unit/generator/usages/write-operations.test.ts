import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readLocalCatalog } from '../../../../generator/pipeline.js';
import { Cache } from '../../../../generator/support/cache.js';
import { catalogOperations } from '../../../../generator/usages/catalog-operations.js';
import { withOperations } from '../../../../generator/usages/write-operations.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'operations-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const info = 'asyncapi: 3.0.0\ninfo:\n  title: T\n  version: 1.0.0\n';
const message = (name: string) => `      ${name}:
        name: a.thing.${name.toLowerCase()}
        payload:
          type: object
`;
const channel = `channels:
  a:
    messages:
${message('Made')}${message('Gone')}`;

/** Adds operations, and returns the lines that are new, by file. Reading the catalog again must give the senders and receivers. */
function add(
  files: Readonly<Record<string, string>>,
  missing: readonly (readonly [service: string, action: 'send' | 'receive', type: string])[],
) {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  const catalog = join(folder, Object.keys(files)[0] ?? '');
  const { events } = readLocalCatalog({ catalog }).model;
  const operations = catalogOperations({ catalog, events, cache: new Cache() });
  const given = missing.map(([service, action, type]) => ({ service, action, type }));
  const edited = withOperations(given, operations);
  for (const { file, text } of edited) writeFileSync(file, text);
  const after = readLocalCatalog({ catalog }).model.events;
  for (const { service, action, type } of given) {
    const event = after.find((each) => each.type === type);
    expect(action === 'send' ? event?.senders : event?.receivers).toContain(service);
  }
  return Object.fromEntries(
    edited.map(({ file, text }) => {
      const path = relative(folder, join(process.cwd(), file));
      const before = new Set((files[path] ?? '').split('\n'));
      return [path, text.split('\n').filter((line) => !before.has(line))];
    }),
  );
}

describe('withOperations', () => {
  it('a document without operations gets a list of them', () => {
    expect(add({ 'a.yaml': info + channel }, [['web', 'send', 'a.thing.made']])).toEqual({
      'a.yaml': [
        'operations:',
        '  web.send.a:',
        '    action: send',
        '    x-service: web',
        '    channel:',
        '      $ref: "#/channels/a"',
        '      - $ref: "#/channels/a/messages/Made"',
      ],
    });
  });

  it('an operation for every event of a channel does not list them', () => {
    const lines = add({ 'a.yaml': info + channel }, [
      ['web', 'receive', 'a.thing.gone'],
      ['web', 'receive', 'a.thing.made'],
    ])['a.yaml'];
    expect(lines?.at(-1)).toBe('      $ref: "#/channels/a"');
  });

  const listed = `operations:
  # Of the web.
  sends: # its events
    action: send
    x-service: web
    channel: { $ref: '#/channels/a' }
    messages: [{ $ref: '#/channels/a/messages/Made' }] # one
  web.receive.a: { action: send, x-service: other, channel: { $ref: '#/channels/a' } }
`;

  it('an operation of the service that lists its messages gets one more', () => {
    expect(add({ 'a.yaml': info + channel + listed }, [['web', 'send', 'a.thing.gone']])).toEqual({
      'a.yaml': [
        `    messages: [{ $ref: '#/channels/a/messages/Made' }, { $ref: "#/channels/a/messages/Gone" }] # one`,
      ],
    });
  });

  it('a name that is taken gets a number', () => {
    expect(add({ 'a.yaml': info + channel + listed }, [['web', 'receive', 'a.thing.gone']])['a.yaml']?.[0]).toBe(
      '  web.receive.a.2:',
    );
  });

  it('where other operations are in files of their channels, a new one is written there and listed in the root document', () => {
    const root = `${info}channels:
  a:
    $ref: './parts/a.yaml#/channels/a'
  b:
    $ref: './parts/b.yaml#/channels/b'
operations:
  one:
    $ref: './parts/b.yaml#/operations/one'
`;
    const b = `channels:
  b:
    messages:
${message('Seen')}operations:
  one:
    action: send
    x-service: web
    channel:
      $ref: '../root.yaml#/channels/b'
`;
    expect(
      add({ 'root.yaml': root, 'parts/a.yaml': channel, 'parts/b.yaml': b }, [['web', 'send', 'a.thing.made']]),
    ).toEqual({
      'root.yaml': ['  web.send.a:', "    $ref: './parts/a.yaml#/operations/web.send.a'"],
      'parts/a.yaml': expect.arrayContaining([
        'operations:',
        '    action: send',
        expect.stringContaining('../root.yaml#/channels/a'),
      ]),
    });
  });

  it('a catalog in JSON stays JSON', () => {
    const payload = { type: 'object' };
    const messages = { Made: { name: 'a.thing.made', payload }, Gone: { name: 'a.thing.gone', payload } };
    const document = {
      asyncapi: '3.0.0',
      info: { title: 'T', version: '1.0.0' },
      channels: { a: { messages } },
      operations: {},
    };
    const file = { 'a.json': JSON.stringify(document, undefined, 2) };
    const [line] = add(file, [['web', 'send', 'a.thing.made']])['a.json'] ?? [];
    expect(line).toContain(
      '"web.send.a": { "action": "send", "x-service": "web", "channel": { "$ref": "#/channels/a" }',
    );
  });

  it('AsyncAPI 2 is refused: its operations belong to one application', () => {
    const document = `asyncapi: 2.6.0
info: { title: T, version: 1.0.0 }
channels: { a: { publish: { message: { name: a.thing.made, payload: { type: object } } } } }
`;
    expect(() => add({ 'a.yaml': document }, [['web', 'send', 'a.thing.made']])).toThrow(
      /EDIT_IMPOSSIBLE.*AsyncAPI 2\.6\.0/,
    );
  });
});
