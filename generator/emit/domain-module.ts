import type { DomainModel, EnvelopeModel, EventModel, EventModelEntry, SchemaModel } from '../model/event-model.js';
import type { EmittedFile } from '../output/emitted-file.js';
import { Imports } from '../print/imports.js';
import { docComment } from '../print/jsdoc.js';
import { exportsOf, handlersFactoryName, handlersName, sharedModule, sharedSource } from '../print/modules.js';
import type { OlderNote } from '../print/schema-doc.js';
import { jsonExpression, quote } from '../print/text.js';
import type { FindSchema } from '../print/type-expression.js';
import { printSourceFile, type Statement } from '../print/typescript-file.js';
import { isText } from '../support/memo.js';
import { contentOf, type EmitContext } from './emit-context.js';
import { olderSchemas } from './older-schemas.js';
import { type OlderContext, olderField, upcastersStatements } from './older-versions.js';
import { orderingFields, orderingText } from './ordering-key.js';
import { declarationOf } from './types.js';

const codegen = '@hyvve-events/runtime/codegen';

/**
 * The module of each domain (payload types, envelopes, definitions, publish functions, handler interface) and the shared
 * module with schemas that several domains use.
 */
export function emitDomainModules(model: EventModel, { contents, cache }: EmitContext): EmittedFile[] {
  const notes = olderSchemas(model);
  const known = new Map(model.schemas.map((schema) => [schema.name, schema.schema]));
  const find: FindSchema = (name) => known.get(name);
  const shared = contents.schemasOf(undefined);
  const { envelope } = model.catalog;
  const files = model.domains.map((domain) => {
    const schemas = contents.schemasOf(domain.name);
    const events = contents.eventsOf(domain);
    const older = notesOf(schemas, notes);
    const inputs = [
      domain,
      ...schemas,
      ...events,
      ...shared,
      envelope?.tenantId,
      envelope?.userId,
      JSON.stringify(older),
    ];
    const content = { domain, schemas, events, shared, envelope, older: new Map(older) };
    const path = `${domain.fileName}.ts`;
    return cache.derive('emit-domain', domain.fileName, inputs, () => {
      const input = JSON.stringify([envelope, older, contentOf([domain, ...schemas, ...events, ...shared], cache)]);
      return { path, text: cache.memo.derive('emit-domain', input, isText, () => domainText(content, find)) };
    });
  });
  if (shared.length === 0) return files;
  const older = notesOf(shared, notes);
  const emit = (): EmittedFile => {
    const input = JSON.stringify([older, contentOf(shared, cache)]);
    const text = cache.memo.derive('emit-shared', input, isText, () => sharedText(shared, find, new Map(older)));
    return { path: `${sharedModule}.ts`, text };
  };
  return [...files, cache.derive('emit-shared', sharedModule, [...shared, JSON.stringify(older)], emit)];
}

type Notes = ReadonlyMap<string, OlderNote>;

function notesOf(schemas: readonly SchemaModel[], notes: Notes): (readonly [string, OlderNote])[] {
  return schemas.flatMap(({ name }) => {
    const note = notes.get(name);
    return note === undefined ? [] : [[name, note] as const];
  });
}

function sharedText(schemas: readonly SchemaModel[], find: FindSchema, older: Notes): string {
  const imports = new Imports(schemas.map((schema) => schema.name));
  const statements = schemas.map((schema) => declarationOf(schema, find, older.get(schema.name)).statement);
  return printSourceFile({ source: sharedSource, imports, statements });
}

interface DomainContent {
  readonly domain: DomainModel;
  readonly schemas: readonly SchemaModel[];
  readonly events: readonly EventModelEntry[];
  /** The schemas of the shared module. */
  readonly shared: readonly SchemaModel[];
  /** Envelope fields that a publish must set; undefined if they are the default. */
  readonly envelope: EnvelopeModel | undefined;
  /** Texts for the types of older versions. */
  readonly older: Notes;
}

function domainText({ domain, schemas, events, shared, envelope, older }: DomainContent, find: FindSchema): string {
  const { types: typeNames, values } = exportsOf(domain, schemas, events);
  const imports = new Imports([...typeNames, ...values]);
  const others = new Set(shared.map((schema) => schema.name));
  const declarations = schemas.map((schema) => declarationOf(schema, find, older.get(schema.name)));
  const payloads = events.flatMap((event) => [event.payload, ...(event.older ?? []).map(({ payload }) => payload)]);
  for (const name of [...declarations.flatMap(({ uses }) => uses), ...payloads]) {
    if (others.has(name)) imports.type(name, `./${sharedModule}.js`);
  }
  const statements = declarations.map(({ statement }) => statement);
  const guardsOf = (payload: string) => (others.has(payload) ? sharedModule : domain.fileName);
  for (const event of events) {
    statements.push(...eventStatements(event, envelope, { domain, imports, find, guardsOf }));
  }
  statements.push(...upcastersStatements(domain, events, imports));
  if (events.length > 0) statements.push(...handlerStatements(domain, events, imports));
  return printSourceFile({ source: domain.source.file, imports, statements });
}

function eventStatements(
  event: EventModelEntry,
  envelope: EnvelopeModel | undefined,
  context: OlderContext,
): Statement[] {
  const { imports, guardsOf } = context;
  const payload = event.payload;
  const type = quote(event.type);
  const validate = imports.value(`validate${payload}`, `./validators/${guardsOf(payload)}.js`);
  const summary = event.summary ?? event.title ?? event.description ?? `The event \`${event.type}\`.`;
  const { deprecated } = event;
  // The compiler knows from it what a publish must set.
  const needs = envelope === undefined ? '' : `, ${jsonExpression(envelope)}`;
  return [
    {
      kind: 'interface',
      name: event.typeName,
      doc: docComment({ text: [`\`${event.type}\` as a handler receives it. ${summary}`], deprecated }),
      extends: [`${imports.type('Envelope', codegen)}<${type}, ${payload}>`],
      members: [],
    },
    {
      kind: 'const',
      name: event.key,
      doc: docComment({
        text: [
          summary,
          event.description === summary ? undefined : event.description,
          routeOf(event),
          orderingText(event),
        ],
        deprecated,
        see: event.source.file,
      }),
      type: `${imports.type('EventDefinition', codegen)}<${type}, ${payload}${needs}>`,
      value: [
        `/*@__PURE__*/ ${imports.value('defineEvent', codegen)}({`,
        `  type: ${type},`,
        `  key: ${quote(event.key)},`,
        `  version: ${quote(event.version)},`,
        `  domain: ${quote(event.domain)},`,
        `  validate: ${validate} as ${imports.type('Validate', codegen)}<${payload}>,`,
        ...olderField(event, context),
        ...orderingFields(event, context.find),
        ...(envelope === undefined ? [] : [`  envelope: ${jsonExpression(envelope)},`]),
        '})',
      ].join('\n'),
    },
    {
      kind: 'const',
      name: event.publisher,
      doc: docComment({
        text: [`Publishes \`${event.type}\`. ${summary}`],
        deprecated,
        example: publishExample(event, envelope),
      }),
      type: `${imports.type('Publish', codegen)}<${payload}${needs}>`,
      value: `/*@__PURE__*/ ${imports.value('publisherOf', codegen)}(${event.key})`,
    },
  ];
}

function routeOf(event: EventModelEntry): string | undefined {
  const sent = event.senders.length > 0 ? `Sent by ${event.senders.join(', ')}` : undefined;
  const received = event.receivers.length > 0 ? `received by ${event.receivers.join(', ')}` : undefined;
  const both = [sent, received].filter(Boolean).join('; ');
  return both === '' ? undefined : `${both.charAt(0).toUpperCase()}${both.slice(1)}.`;
}

/** A complete call with the event's first example and the required fields of the envelope; undefined without an example. */
export function publishExample(event: EventModelEntry, envelope: EnvelopeModel | undefined): string | undefined {
  const [example] = event.examples;
  const required = [
    ...(envelope?.tenantId === 'optional' ? [] : ["tenantId: 'acme'"]),
    ...(envelope?.userId === 'required' ? ["userId: 'usr_1'"] : []),
  ];
  const context = required.length === 0 ? '' : `, { ${required.join(', ')} }`;
  const data = example && jsonExpression(example.data, event.publisher.length + 14 + context.length);
  return data && `await ${event.publisher}(bus, ${data}${context});`;
}

function handlerStatements(domain: DomainModel, events: readonly EventModelEntry[], imports: Imports): Statement[] {
  const handlers = handlersName(domain);
  const factory = handlersFactoryName(domain);
  const handlersOf = imports.value('handlersOf', codegen);
  const context = imports.type('HandlerContext', codegen);
  return [
    {
      kind: 'interface',
      name: handlers,
      doc: docComment({
        text: [
          `A method for every event of the domain \`${domain.name}\`. If you implement the whole interface, the compiler reports every new event.`,
        ],
      }),
      members: events.map((event) => ({
        name: event.handler,
        doc: docComment(
          {
            text: [`\`${event.type}\`: ${event.summary ?? event.title ?? event.description ?? 'no description.'}`],
            deprecated: event.deprecated,
          },
          2,
        ),
        parameters: [
          { name: 'event', type: event.typeName },
          { name: 'ctx', type: context },
        ],
        type: 'Promise<void> | void',
      })),
    },
    {
      kind: 'function',
      name: factory,
      doc: docComment({
        text: [
          `The subscriptions of a service that handles events of \`${domain.name}\`, one for each method that \`impl\` has.`,
        ],
        example: `bus.subscribe(${factory}({ async ${events[0]?.handler}(event, ctx) { … } }));`,
      }),
      parameters: [
        { name: 'impl', type: `Partial<${handlers}>` },
        {
          name: 'options',
          type: `${imports.type('DomainHandlersOptions', codegen)}<keyof ${handlers}>`,
          optional: true,
        },
      ],
      returns: `${imports.type('Subscription', codegen)}[]`,
      body: [
        `return ${handlersOf}(`,
        `  ${quote(domain.name)},`,
        '  {',
        ...events.map((event) => `    ${event.handler}: ${event.key},`),
        '  },',
        '  impl,',
        '  options,',
        ');',
      ].join('\n'),
    },
  ];
}
