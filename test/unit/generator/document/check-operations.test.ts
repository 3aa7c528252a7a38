import { writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checkOperations } from '../../../../generator/document/check-operations.js';
import { DocumentStore } from '../../../../generator/source/document-store.js';
import { problemLine } from '../../../../generator/support/errors.js';
import { temporaryFolder } from '../../../support/catalogs/generator.js';

/** A document with an operation. The cases append the channel and the messages of the operation. */
const head = `asyncapi: 3.0.0
info: { title: Shop, version: 1.0.0 }
channels:
  shop:
    messages:
      placed: { $ref: '#/components/messages/Placed' }
      a/b: { $ref: '#/components/messages/Slash' }
  stock: { $ref: './stock.yaml#/channels/stock' }
components:
  channels: { loose: { messages: { placed: { $ref: '#/components/messages/Placed' } } } }
  messages:
    Placed: { payload: { type: object } }
    Slash: { payload: { type: object } }
    Gone: { payload: { type: object } }
operations:
  send:
    action: send
`;
const stock = `channels:
  stock: { messages: { low: { payload: { type: object } } } }
operations:
  low:
    action: send
    channel: { $ref: './catalog.yaml#/channels/stock' }
    messages: [{ $ref: '#/channels/stock/messages/low' }]
`;
const channel = (name: string) => `    channel: { $ref: '#/channels/${name}' }\n`;
const messages = (...refs: string[]) => `    messages:\n${refs.map((ref) => `      - $ref: '${ref}'\n`).join('')}`;
const reply = (...refs: string[]) => `    reply: { ${channel('shop').trim()}, messages: [{ $ref: '${refs[0]}' }] }\n`;

const cases: readonly (readonly [name: string, test: { given: string; want: readonly string[] }])[] = [
  ['no messages: accepted, it has all messages of its channel', { given: channel('shop'), want: [] }],
  [
    'a message of its channel: accepted',
    { given: channel('shop') + messages('#/channels/shop/messages/placed'), want: [] },
  ],
  [
    'a message whose key contains a slash: accepted',
    { given: channel('shop') + messages('#/channels/shop/messages/a~1b'), want: [] },
  ],
  [
    'a channel in another file: accepted',
    { given: channel('stock') + messages('#/channels/stock/messages/low'), want: [] },
  ],
  [
    'a message referred to through the file of its channel: accepted',
    { given: channel('stock') + messages('stock.yaml#/channels/stock/messages/low'), want: [] },
  ],
  [
    'a message of another channel: an error with the messages of its channel',
    {
      given: channel('shop') + messages('#/channels/shop/messages/placed', '#/channels/stock/messages/low'),
      want: [
        'catalog.yaml:21:15: error ASYNCAPI_INVALID: operation send refers to a message that its channel does not contain; ' +
          "add it to the channel's messages, now placed, a/b",
      ],
    },
  ],
  [
    'a message of no channel: an error',
    {
      given: channel('shop') + messages('#/components/messages/Gone'),
      want: [expect.stringMatching(/^catalog\.yaml:20:15: error .* does not contain; /)],
    },
  ],
  [
    'a message of its channel, referred to without the channel: an error with the reference to write',
    {
      given: channel('shop') + messages('#/components/messages/Slash'),
      want: [
        'catalog.yaml:20:15: error ASYNCAPI_INVALID: operation send refers to a message without its channel; ' +
          'refer to it through the channel: #/channels/shop/messages/a~1b',
      ],
    },
  ],
  [
    'a message that is not a reference: an error',
    {
      given: `${channel('shop')}    messages: [{ payload: { type: string } }]\n`,
      want: [expect.stringMatching(/^catalog\.yaml:19:16: error .* does not contain; /)],
    },
  ],
  [
    'a channel that the document does not define: an error',
    {
      given: "    channel: { $ref: '#/components/channels/loose' }\n",
      want: [
        expect.stringMatching(/^catalog\.yaml:18:14: error .* refers to a channel that the document does not define; /),
      ],
    },
  ],
  [
    'a message of a reply, referred to without its channel: a warning, because parsers accept it',
    {
      given: channel('stock') + reply('#/components/messages/Placed'),
      want: [
        expect.stringMatching(
          /^catalog\.yaml:19:71: warning .*the reply of operation send refers to a message without its channel/,
        ),
      ],
    },
  ],
  [
    'messages as a mapping: an error',
    {
      given: `${channel('shop')}    messages: { $ref: '#/channels/shop/messages/placed' }\n`,
      want: [
        expect.stringMatching(/error ASYNCAPI_INVALID: messages of operation send must be a list of references; /),
      ],
    },
  ],
  [
    'broken references: not reported, because another step reports them',
    { given: channel('shop') + messages('#/nowhere'), want: [] },
  ],
];

describe('checkOperations', () => {
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  beforeAll(async () => {
    folder = await temporaryFolder();
    await writeFile(join(folder.path, 'stock.yaml'), stock);
  });
  afterAll(() => folder.remove());

  it.each(cases)('%s', async (_name, { given, want }) => {
    const file = join(folder.path, 'catalog.yaml');
    await writeFile(file, `${head}${given}  other: { $ref: './stock.yaml#/operations/low' }\n`);
    const found = checkOperations(new DocumentStore(), file);
    expect(found.map((problem) => problemLine({ ...problem, file: basename(problem.file) }))).toEqual(want);
  });
});
