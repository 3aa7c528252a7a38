import type { EventModel } from '../model/event-model.js';
import type { EmittedFile } from '../output/emitted-file.js';
import { Imports } from '../print/imports.js';
import { docComment } from '../print/jsdoc.js';
import { exportsOf, type ModelContents, sharedModule } from '../print/modules.js';
import { quote } from '../print/text.js';
import { printSourceFile, type Reexport, type Statement } from '../print/typescript-file.js';

const codegen = '@hyvve-events/runtime/codegen';

/** The SDK's main module: re-exports of every domain, and the declarations that cover all domains. */
export function emitIndexModule(model: EventModel, { schemasOf, eventsOf }: ModelContents): EmittedFile {
  const own = ['EventTypes', 'EventMap', 'EventType', 'EventPattern', 'EventOf', 'subscribe', 'events', 'catalogHash'];
  const imports = new Imports(own);
  const reexports: Reexport[] = model.domains.map((domain) => {
    const { types, values } = exportsOf(domain, schemasOf(domain.name), eventsOf(domain));
    return { from: `./${domain.fileName}.js`, names: [...types.map((name) => `type ${name}`), ...values].sort(byName) };
  });
  const shared = schemasOf(undefined);
  if (shared.length > 0) {
    reexports.push({ from: `./${sharedModule}.js`, names: shared.map(({ name }) => `type ${name}`) });
  }
  for (const domain of model.domains) {
    for (const event of eventsOf(domain)) {
      imports.type(event.typeName, `./${domain.fileName}.js`);
      imports.value(event.key, `./${domain.fileName}.js`);
    }
  }
  return {
    path: 'index.ts',
    text: printSourceFile({
      source: model.catalog.title,
      imports,
      reexports,
      statements: statementsOf(model, imports),
    }),
  };
}

function statementsOf(model: EventModel, imports: Imports): Statement[] {
  const events = model.events.filter((event) => !event.reply);
  const wildcards = new Set(['*']);
  for (const { type } of events) {
    const parts = type.split('.');
    for (let length = 1; length < parts.length; length += 1) wildcards.add(`${parts.slice(0, length).join('.')}.*`);
  }
  const patterns = [...wildcards].sort();
  const definition = imports.type('AnyEventDefinition', codegen);
  const subscription = imports.type('Subscription', codegen);
  const options = imports.type('SubscribeOptions', codegen);
  const handler = imports.type('Handler', codegen);
  const unknownEvent = imports.type('UnknownEvent', codegen);
  const subscribeTo = imports.value('subscribeTo', codegen);
  return [
    {
      kind: 'const',
      name: 'catalogHash',
      doc: docComment({ text: ['Identifies the version of the catalog: changes with every change of this SDK.'] }),
      value: quote(model.catalog.hash),
    },
    {
      kind: 'const',
      name: 'EventTypes',
      doc: docComment({ text: ['Every event type of the catalog, by its constant.'] }),
      value: [
        '{',
        ...events.flatMap(({ constant, type, summary, title, deprecated }) => [
          ...docComment({ text: [summary ?? title ?? `The event \`${type}\`.`], deprecated }, 2)
            .split('\n')
            .map((line) => `  ${line}`),
          `  ${constant}: ${quote(type)},`,
        ]),
        '} as const',
      ].join('\n'),
    },
    {
      kind: 'interface',
      name: 'EventMap',
      doc: docComment({ text: ['Every event of the catalog by its type, as a handler receives it.'] }),
      members: events.map(({ type, typeName }) => ({ name: quote(type), doc: '', type: typeName })),
    },
    {
      kind: 'type',
      name: 'EventType',
      doc: docComment({ text: ['The type of an event of the catalog.'] }),
      type: 'keyof EventMap',
    },
    {
      kind: 'type',
      name: 'EventPattern',
      doc: docComment({ text: ['Patterns to subscribe to: all events, all events below a prefix, or one type.'] }),
      type: ['', ...patterns.map((pattern) => `| ${quote(pattern)}`), '| EventType'].join('\n'),
    },
    {
      kind: 'type',
      name: 'EventOf',
      typeParameters: ['Pattern extends EventPattern'],
      doc: docComment({
        text: ["The events that a pattern matches: `EventOf<'*'>` is the union of all of them."],
      }),
      type: [
        "Pattern extends '*'",
        '  ? EventMap[EventType]',
        '  : Pattern extends EventType',
        '    ? EventMap[Pattern]',
        // biome-ignore lint/suspicious/noTemplateCurlyInString: a type of the emitted TypeScript
        '    : Pattern extends `${infer Prefix}.*`',
        // biome-ignore lint/suspicious/noTemplateCurlyInString: a type of the emitted TypeScript
        '      ? EventMap[Extract<EventType, `${Prefix}.${string}`>]',
        '      : never',
      ].join('\n'),
    },
    {
      kind: 'const',
      name: 'events',
      doc: docComment({ text: ['The definition of every event of the catalog.'] }),
      type: `readonly ${definition}[]`,
      value: events.length === 0 ? '[]' : `[\n${events.map(({ key }) => `  ${key},`).join('\n')}\n]`,
    },
    {
      kind: 'function',
      name: 'subscribe',
      typeParameters: ['Pattern extends EventPattern'],
      doc: docComment({
        text: [
          'Subscribes one handler to a pattern. The handler of a pattern with `*` also receives events that are newer than this SDK: ' +
            'narrow with `if (event.unknown) return;`.',
        ],
        example: "bus.subscribe(subscribe('*', { name: 'audit' }, async (event, ctx) => { … }));",
      }),
      parameters: [
        { name: 'pattern', type: 'Pattern' },
        { name: 'options', type: options },
        {
          name: 'handler',
          type: `${handler}<Pattern extends EventType ? EventOf<Pattern> : EventOf<Pattern> | ${unknownEvent}>`,
        },
      ],
      returns: subscription,
      body: `return ${subscribeTo}(events, pattern, options, handler);`,
    },
  ];
}

function byName(a: string, b: string): number {
  const [first, second] = [a, b].map((name) => name.replace(/^type /, ''));
  return (first ?? '') < (second ?? '') ? -1 : 1;
}
