import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RuleSettings, readConfig } from '../../../../generator/config/config.js';
import { loadCatalog } from '../../../../generator/pipeline.js';
import { rules } from '../../../../generator/rules/run-rules.js';
import { valuesListed } from '../../../../generator/rules/strings.js';
import { type RuleCode, ruleCodes } from '../../../../generator/support/errors.js';
import { firstCatalog } from '../../../support/catalogs/first-catalog.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hyvve-rules-'));
});
afterAll(() => rm(folder, { recursive: true }));

interface Case {
  /** Replacements in `domains/order.yaml`, in order. */
  readonly edits: readonly (readonly [from: string | RegExp, to: string])[];
  /** Expected findings in this file: `line: message`. */
  readonly want: readonly RegExp[];
}

const cases: readonly (readonly [name: string, code: RuleCode, test: Case])[] = [
  [
    'an event type without dots',
    'TYPE_NAMING',
    {
      edits: [['name: order.order.placed', 'name: orderPlaced']],
      want: [/^\d+: the event type orderPlaced is not of the form domain\.entity\.action/],
    },
  ],
  [
    'a message without summary and description',
    'DESCRIPTION_MISSING',
    {
      edits: [['    summary: An order was placed.\n', '']],
      want: [/^\d+: OrderPlaced has neither summary nor description/],
    },
  ],
  [
    'properties without descriptions: one finding',
    'DESCRIPTION_MISSING',
    {
      edits: [
        [/ +description: Id of the article.\n/, ''],
        [/ +description: Number of pieces.\n/, ''],
      ],
      want: [/^\d+: 2 properties of OrderLine without description: sku, quantity/],
    },
  ],
  [
    'a message without examples',
    'EXAMPLE_MISSING',
    {
      edits: [[/ {4}examples:\n {6}- name: byCustomer[\s\S]*?(?=schemas:)/, '']],
      want: [/OrderCancelled has no example/],
    },
  ],
  [
    'an example that breaks its schema',
    'EXAMPLE_INVALID',
    {
      edits: [['quantity: 2', 'quantity: 0']],
      want: [/example small of OrderPlaced breaks its schema .*quantity must be >= 1/],
    },
  ],
  [
    'an object without a decision about other properties',
    'OPEN_OBJECT',
    {
      edits: [[/An article and its quantity.\n {4}additionalProperties: false/, 'An article.']],
      want: [/OrderLine does not say whether it may have other properties/],
    },
  ],
  [
    'an object that is explicitly open: no finding',
    'OPEN_OBJECT',
    {
      edits: [
        [
          /An article and its quantity.\n {4}additionalProperties: false/,
          'An article.\n    additionalProperties: true',
        ],
      ],
      want: [],
    },
  ],
  [
    'a part of an allOf, which cannot be closed: no finding',
    'OPEN_OBJECT',
    {
      edits: [
        [
          '          $ref: "#/schemas/OrderLine"',
          "          allOf: [{ $ref: '#/schemas/OrderLine' }, { required: [sku] }]",
        ],
        [/An article and its quantity.\n {4}additionalProperties: false/, 'An article.'],
      ],
      want: [],
    },
  ],
  [
    'a payload without required properties',
    'OPTIONAL_EVERYTHING',
    { edits: [['    required: [orderId, reason]\n', '']], want: [/no property of OrderCancelledPayload is required/] },
  ],
  [
    'a property with a name like a time, without format',
    'DATE_WITHOUT_FORMAT',
    { edits: [['        format: date-time\n', '']], want: [/OrderPlacedPayload\.placedAt has a name like a time/] },
  ],
  [
    'values that only the description lists',
    'ENUM_IN_DESCRIPTION',
    {
      edits: [
        ['description: Why it was cancelled.', 'description: "Who did: one of `customer`, `stock` or `fraud`."'],
        ['        enum: [customer, stock, fraud]\n', ''],
      ],
      want: [/the description of OrderCancelledPayload\.reason lists its values/],
    },
  ],
  [
    'an unused schema, and a schema that only it refers to',
    'SCHEMA_UNUSED',
    {
      edits: [
        [
          'schemas:\n',
          "schemas:\n  Old:\n    type: object\n    properties:\n      part: { $ref: '#/schemas/Part' }\n  Part:\n    type: string\n",
        ],
      ],
      want: [/nothing refers to the schema Old/, /nothing refers to the schema Part/],
    },
  ],
  [
    'one event without a sender',
    'EVENT_UNSENT',
    {
      edits: [
        [
          '    summary: The order service sends events about orders.\n',
          "    messages:\n      - $ref: '../asyncapi.yaml#/channels/order/messages/OrderPlaced'\n",
        ],
      ],
      want: [/no operation sends order\.order\.cancelled/],
    },
  ],
  [
    'no event with a receiver: one finding',
    'EVENT_UNRECEIVED',
    { edits: [['action: receive', 'action: send']], want: [/no operation receives any of the 2 events/] },
  ],
  [
    'a property with the name of personal data',
    'PERSONAL_DATA',
    {
      edits: [
        [/ {6}reason:\n/, '      customerEmail:\n        type: string\n        description: Whose.\n      reason:\n'],
      ],
      want: [/OrderCancelledPayload\.customerEmail has the name of personal data/],
    },
  ],
  [
    'marked personal data: no finding',
    'PERSONAL_DATA',
    {
      edits: [
        [
          / {6}reason:\n/,
          '      phoneNumber:\n        type: string\n        description: Whose.\n        x-personal-data: true\n      reason:\n',
        ],
      ],
      want: [],
    },
  ],
  [
    'names that only resemble personal data: no finding',
    'PERSONAL_DATA',
    {
      edits: [
        [
          / {6}reason:\n/,
          '      emailTemplateId:\n        type: string\n        description: Which.\n      emailSent:\n        type: boolean\n        description: Whether.\n      reason:\n',
        ],
      ],
      want: [],
    },
  ],
];

/** Writes the catalog with edits. Returns the findings of the rules. */
async function findings(edits: Case['edits'], settings: RuleSettings = {}) {
  const files = { ...firstCatalog };
  for (const [from, to] of edits) {
    const before = files['domains/order.yaml'] ?? '';
    const after = before.replace(from, to);
    expect(after).not.toBe(before);
    Object.assign(files, { 'domains/order.yaml': after });
  }
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), text);
  }
  // An error would be thrown with all findings; a warning is returned.
  const { warnings } = await loadCatalog({
    catalog: join(folder, 'asyncapi.yaml'),
    rules: { EXAMPLE_INVALID: 'warning', ...settings },
  });
  return warnings;
}

describe('rules', () => {
  it('each rule code has one rule', () => {
    expect(rules.map(({ code }) => code)).toEqual([...ruleCodes]);
  });

  it('the catalog that `init` writes: no findings', async () => {
    expect(await findings([])).toEqual([]);
  });

  it.each(cases)('%s: %s', async (_name, code, { edits, want }) => {
    const found = (await findings(edits)).filter((problem) => problem.code === code);
    expect(found).toHaveLength(want.length);
    for (const [index, pattern] of want.entries()) {
      const problem = found[index];
      expect(`${problem?.line}: ${problem?.message}`).toMatch(pattern);
      expect(problem).toMatchObject({ severity: 'warning', file: expect.stringMatching(/domains\/order\.yaml$/) });
      expect(problem?.hint).not.toBe('');
    }
  });

  it('problems are reported at the line that causes them', async () => {
    const [problem] = await findings([['        format: date-time\n', '']]);
    const lines = (firstCatalog['domains/order.yaml'] ?? '').split('\n');
    expect(problem?.line).toBe(lines.indexOf('      placedAt:') + 2);
  });

  it('settings: off, except, a pattern, names and a severity', async () => {
    const edits: Case['edits'] = [['name: order.order.placed', 'name: orderPlaced']];
    expect(await findings(edits, { TYPE_NAMING: 'off' })).toEqual([]);
    expect(await findings(edits, { TYPE_NAMING: { except: ['orderPl*'] } })).toEqual([]);
    expect(await findings(edits, { TYPE_NAMING: { pattern: '^order' } })).toEqual([]);
    await expect(findings(edits, { TYPE_NAMING: 'error' })).rejects.toMatchObject({
      problems: [{ code: 'TYPE_NAMING', severity: 'error' }],
    });
    const names = await findings([], { PERSONAL_DATA: { names: ['currency'] } });
    expect(names.map(({ message }) => message)).toEqual([expect.stringContaining('OrderPlacedPayload.currency')]);
  });

  it('maxWarnings: more warnings are an error', async () => {
    const catalog = join(folder, 'asyncapi.yaml');
    await findings([['name: order.order.placed', 'name: orderPlaced']]);
    expect((await loadCatalog({ catalog, maxWarnings: 1 })).warnings).toHaveLength(1);
    await expect(loadCatalog({ catalog, maxWarnings: 0 })).rejects.toMatchObject({
      problems: [
        { code: 'TYPE_NAMING' },
        { code: 'WARNINGS_EXCEEDED', message: expect.stringContaining('1 warnings') },
      ],
    });
  });

  it('the catalog of the platform with its config: no findings', async () => {
    const config = await readConfig('hyvve-events.config.json');
    expect((await loadCatalog(config)).warnings).toEqual([]);
  });
});

describe('valuesListed: the values in a text', () => {
  it.each([
    ['one of: draft, sent or paid', ['draft', 'sent', 'paid']],
    ['Either `a` or `b`.', ['a', 'b']],
    ['The state ("open" | "closed")', ['open', 'closed']],
    ['Possible values: A, B, C', ['A', 'B', 'C']],
    ['ACTIVE|INACTIVE', ['ACTIVE', 'INACTIVE']],
    ['One of the customers, or none', []],
    ['Id of the order, as the shop knows it', []],
    ['Name of the provider, such as `openai`.', []],
    ['Who cancelled it, or what.', []],
  ])('%s', (text, want) => {
    expect(valuesListed(text)).toEqual(want);
  });
});
