import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readTree, runCli, temporaryFolder } from '../../support/catalogs/generator.js';

/** A valid catalog; `edit` introduces an error. */
const good = `asyncapi: 3.0.0
info:
  title: Shop
  version: 1.0.0
channels:
  shop:
    address: shop
    messages:
      OrderPlaced:
        $ref: '#/components/messages/OrderPlaced'
      OrderPaid:
        $ref: '#/components/messages/OrderPaid'
components:
  messages:
    OrderPlaced:
      name: shop.order.placed
      summary: An order was placed.
      payload:
        $ref: './order.yaml#/Order'
      examples:
        - name: small
          payload:
            orderId: ord_1
            amount: 12.5
    OrderPaid:
      name: shop.order.paid
      summary: An order was paid.
      payload:
        $ref: './order.yaml#/Order'
`;
const order = `Order:
  type: object
  required: [orderId, amount]
  additionalProperties: false
  properties:
    orderId:
      type: string
    amount:
      type: number
      minimum: 0
`;

interface Case {
  readonly edit: readonly [from: string, to: string];
  readonly file?: 'order.yaml';
  /** The lines that must be reported, in order. */
  readonly reported: readonly RegExp[];
}

const cases: readonly (readonly [name: string, test: Case])[] = [
  [
    'a YAML syntax error',
    { edit: ['title: Shop', 'title: Shop: Two'], reported: [/^catalog\.yaml:3:\d+: error YAML_SYNTAX: /m] },
  ],
  [
    'a YAML syntax error in the target file of a $ref',
    {
      file: 'order.yaml',
      edit: ['  type: object', '\ttype: object'],
      reported: [/^order\.yaml:2:\d+: error YAML_SYNTAX: /m],
    },
  ],
  [
    'a $ref to a missing entry of the same file',
    {
      edit: ["'#/components/messages/OrderPaid'", "'#/components/messages/OrderPayed'"],
      reported: [/^catalog\.yaml:12:15: error REF_BROKEN: .*OrderPayed/m, /there are OrderPaid, OrderPlaced/],
    },
  ],
  [
    'a $ref to a missing entry of another file',
    {
      edit: ['order.yaml#/Order', 'order.yaml#/Ordre'],
      reported: [/^catalog\.yaml:19:15: error REF_BROKEN: .*Ordre/m],
    },
  ],
  [
    'a $ref to a missing file',
    {
      edit: ['order.yaml#/Order', 'ordre.yaml#/Order'],
      reported: [/^catalog\.yaml:19:15: error REF_BROKEN: .*ordre\.yaml/m],
    },
  ],
  [
    'a $ref to another host',
    {
      edit: ['./order.yaml#/Order', 'https://example.org/order.yaml#/Order'],
      reported: [/^catalog\.yaml:19:15: error REF_REMOTE: /m],
    },
  ],
  [
    'a pointer whose slashes are not escaped',
    {
      edit: [
        "$ref: '#/components/messages/OrderPaid'",
        "$ref: '#/components/messages/order/paid'\n      order/paid:\n        $ref: '#/components/messages/OrderPaid'",
      ],
      reported: [/^catalog\.yaml:12:15: error REF_BROKEN: .*no "order" at #\/components\/messages/m],
    },
  ],
  [
    'a pointer to a channel by its address',
    {
      edit: [
        'channels:\n  shop:\n',
        "channels:\n  shop/orders:\n    $ref: '#/channels/shop/v1'\n  shop/v1:\n    $ref: '#/x/shop'\nx:\n  shop:\n",
      ],
      reported: [
        /^catalog\.yaml:7:11: error REF_BROKEN: /m,
        /fix: a \/ within a name is written ~1: #\/channels\/shop~1v1$/m,
      ],
    },
  ],
  [
    'a circular $ref',
    {
      edit: ["'#/components/messages/OrderPaid'", "'#/channels/shop/messages/OrderPaid'"],
      reported: [/^catalog\.yaml:\d+:\d+: error REF_BROKEN: .*leads back to itself/m],
    },
  ],
  [
    'a $ref to a missing anchor',
    {
      edit: ["./order.yaml#/Order'", "./order.yaml#Order'"],
      reported: [/^catalog\.yaml:19:15: error REF_BROKEN: .*names an anchor that does not exist/m],
    },
  ],
  [
    'an invalid schema',
    {
      file: 'order.yaml',
      edit: ['type: number', 'type: float'],
      reported: [/^order\.yaml:9:13: error SCHEMA_INVALID: .*type must be equal to one of the allowed values: array/m],
    },
  ],
  [
    'an alias that contains itself',
    {
      edit: ['title: Shop', 'title: Shop\n  x-loop: &loop { again: *loop }'],
      reported: [/^catalog\.yaml:1:1: error YAML_SYNTAX: /m],
    },
  ],
  [
    'two messages of one type',
    {
      edit: ['name: shop.order.paid', 'name: shop.order.placed'],
      reported: [
        /^catalog\.yaml:26:13: error TYPE_DUPLICATE: .*shop\.order\.placed: OrderPaid here, OrderPlaced at catalog\.yaml:16/m,
      ],
    },
  ],
  [
    'an example with an invalid value, at this value',
    {
      edit: ['amount: 12.5', 'amount: -1'],
      reported: [/^catalog\.yaml:24:21: error EXAMPLE_INVALID: example small of OrderPlaced .*\/amount must be >= 0/m],
    },
  ],
  [
    'an example with several errors',
    {
      edit: ['orderId: ord_1\n            amount: 12.5', 'amount: many\n            colour: red'],
      reported: [
        /^catalog\.yaml:\d+:\d+: error EXAMPLE_INVALID: .*must have required property 'orderId'/m,
        /^catalog\.yaml:\d+:\d+: error EXAMPLE_INVALID: .*must NOT have additional properties \(colour\)/m,
        /^catalog\.yaml:23:21: error EXAMPLE_INVALID: .*\/amount must be number/m,
      ],
    },
  ],
  [
    'a violation of the AsyncAPI specification',
    { edit: ['  version: 1.0.0\n', ''], reported: [/^catalog\.yaml:\d+:\d+: error ASYNCAPI_INVALID: .*version/m] },
  ],
  [
    'an unknown AsyncAPI version',
    { edit: ['asyncapi: 3.0.0', 'asyncapi: 4.0.0'], reported: [/^catalog\.yaml:1:11: error ASYNCAPI_VERSION: /m] },
  ],
];

/** Problems of documents from other sources, for which code is generated with a warning. */
const tolerated: readonly (readonly [name: string, test: Case])[] = [
  [
    'a message key that is not an identifier',
    {
      edit: [
        "      OrderPaid:\n        $ref: '#/components/messages/OrderPaid'",
        '      "!": { name: shop.bang, payload: { type: string } }',
      ],
      reported: [/^catalog\.yaml:11:\d+: warning NAME_INVALID: .*"!".*Shop is used instead$/m],
    },
  ],
  [
    'a name that is not a valid event type',
    {
      edit: ['name: shop.order.paid', 'name: shop order paid'],
      reported: [/^catalog\.yaml:26:13: warning TYPE_INVALID: .*shop_order_paid/m],
    },
  ],
  [
    'a message without payload',
    {
      edit: ["An order was paid.\n      payload:\n        $ref: './order.yaml#/Order'", 'An order was paid.'],
      reported: [/^catalog\.yaml:\d+:\d+: warning PAYLOAD_MISSING: OrderPaid/m],
    },
  ],
  [
    'a payload in another format',
    {
      edit: [
        "An order was paid.\n      payload:\n        $ref: './order.yaml#/Order'",
        'Paid.\n      payload: { schemaFormat: application/vnd.apache.avro, schema: { type: record } }',
      ],
      reported: [/^catalog\.yaml:28:16: warning PAYLOAD_UNSUPPORTED: .*avro.*OrderPaid is unknown/m],
    },
  ],
  [
    'a pattern that JavaScript does not support',
    {
      file: 'order.yaml',
      edit: ['type: string', 'type: string\n      pattern: "(?i)^ord"'],
      reported: [/^order\.yaml:8:16: warning SCHEMA_INVALID: .*\(\?i\)/m],
    },
  ],
];

describe('a catalog with an error', () => {
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;

  beforeEach(async () => {
    folder = await temporaryFolder();
  });
  afterEach(() => folder.remove());

  async function write(file: string, text: string): Promise<void> {
    const path = join(folder.path, file);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, text);
  }

  it.concurrent.each([['no error']])('%s: generates', async () => {
    const own = await temporaryFolder();
    await writeFile(join(own.path, 'catalog.yaml'), good);
    await writeFile(join(own.path, 'order.yaml'), order);
    const result = await runCli(['generate', '--catalog', 'catalog.yaml', '--out', 'sdk'], own.path);
    expect(result).toMatchObject({ code: 0, stderr: expect.not.stringMatching(/error/) });
    expect([...(await readTree(join(own.path, 'sdk'))).keys()]).toEqual([
      'catalog.json',
      'index.ts',
      'samples/index.ts',
      'samples/shop.ts',
      'shop.ts',
      'validators/shop.ts',
    ]);
    await own.remove();
  });

  it.each(cases)(
    '%s: reported with its place and a fix; nothing is written',
    async (_name, { edit, file, reported }) => {
      const [from, to] = edit;
      const text = file === 'order.yaml' ? order : good;
      expect(text).toContain(from);
      await write('catalog.yaml', file === undefined ? good.replace(from, to) : good);
      await write('order.yaml', file === 'order.yaml' ? order.replace(from, to) : order);
      await write('sdk/index.ts', '// @generated by hyvve-events\n');
      const before = await readTree(folder.path);
      const { code, stdout, stderr } = await runCli(
        ['generate', '--catalog', 'catalog.yaml', '--out', 'sdk'],
        folder.path,
      );
      expect({ code, stdout }, stderr).toEqual({ code: 1, stdout: '' });
      for (const line of reported) expect(stderr).toMatch(line);
      expect(stderr).toMatch(/^ {2}fix: \S/m);
      expect(stderr).toMatch(/\d+ (problem|error)s?(, \d+ warnings?)?; no files were written\n$/);
      expect(stderr).not.toMatch(/^\s+at .*:\d+:\d+\)?$/m);
      expect(await readTree(folder.path)).toEqual(before);
    },
  );

  it.each(tolerated)('%s: generates, and reports a warning', async (_name, { edit, file, reported }) => {
    const [from, to] = edit;
    expect(file === undefined ? good : order).toContain(from);
    await write('catalog.yaml', file === undefined ? good.replace(from, to) : good);
    await write('order.yaml', file === undefined ? order : order.replace(from, to));
    const { code, stderr } = await runCli(['generate', '--catalog', 'catalog.yaml', '--out', 'sdk'], folder.path);
    expect(code, stderr).toBe(0);
    for (const line of reported) expect(stderr).toMatch(line);
  });

  it('a missing catalog file: fails and names --catalog', async () => {
    const { code, stderr } = await runCli(['check'], folder.path);
    expect(code).toBe(1);
    expect(stderr).toMatch(/FILE_UNREADABLE: .*\n.*--catalog/);
  });

  it('an unknown option of the command line or of the config: exit code 2', async () => {
    const [unknown, config] = await Promise.all([
      runCli(['generate', '--katalog', 'x'], folder.path),
      (async () => {
        await write('config/hyvve-events.config.json', '{ "katalog": "x" }');
        return runCli(['check'], join(folder.path, 'config'));
      })(),
    ]);
    expect(unknown.code).toBe(2);
    expect(unknown.stderr).toContain('--katalog');
    expect(config.code).toBe(2);
    expect(config.stderr).toContain('katalog');
  });
});
