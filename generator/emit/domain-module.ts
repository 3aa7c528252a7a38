import type { EmittedFile } from '../emitted-file.js';
import type { DomainModel, EventModel, EventModelEntry, SchemaModel } from '../model.js';
import { Imports } from '../print/imports.js';
import { docComment } from '../print/jsdoc.js';
import { handlersFactoryName, handlersName, moduleExports, schemasOf, sharedModule } from '../print/modules.js';
import type { PrintSourceFile, Statement } from '../print/source-file.js';
import { jsonExpression, quote } from '../print/text.js';

const codegen = '@hyvve-events/runtime/codegen';

/**
 * The module of each domain (payload types, envelopes, definitions, publishers, the handler interface) and the one of
 * the schemas that several domains use.
 * @param types The declaration of each schema by name.
 */
export function emitDomainModules(
  model: EventModel,
  types: ReadonlyMap<string, string>,
  print: PrintSourceFile,
): EmittedFile[] {
  const files = model.domains.map((domain) => emitDomain(model, domain, types, print));
  const shared = schemasOf(model, undefined);
  if (shared.length > 0) files.push(emitShared(shared, types, print));
  return files;
}

function emitShared(schemas: readonly SchemaModel[], types: ReadonlyMap<string, string>, print: PrintSourceFile) {
  const imports = new Imports(schemas.map((schema) => schema.name));
  const statements = schemas.map((schema) => types.get(schema.name) ?? '');
  return {
    path: `${sharedModule}.ts`,
    text: print({ source: 'the schemas that several domains use', imports, statements }),
  };
}

function emitDomain(
  model: EventModel,
  domain: DomainModel,
  types: ReadonlyMap<string, string>,
  print: PrintSourceFile,
): EmittedFile {
  const schemas = schemasOf(model, domain.name);
  const events = model.events.filter((event) => event.domain === domain.name);
  const { types: typeNames, values } = moduleExports(model, domain);
  const imports = new Imports([...typeNames, ...values]);
  const own = new Set(schemas.map((schema) => schema.name));
  const shared = new Set(schemasOf(model, undefined).map((schema) => schema.name));
  for (const name of [...schemas.flatMap((schema) => schema.uses), ...events.map((event) => event.payload)]) {
    if (!own.has(name) && shared.has(name)) imports.type(name, `./${sharedModule}.js`);
  }
  const statements: Statement[] = schemas.map((schema) => types.get(schema.name) ?? '');
  for (const event of events) statements.push(...eventStatements(event, domain, shared, imports));
  if (events.length > 0) statements.push(...handlerStatements(domain, events, imports));
  return { path: `${domain.fileName}.ts`, text: print({ source: domain.source.file, imports, statements }) };
}

function eventStatements(
  event: EventModelEntry,
  domain: DomainModel,
  shared: ReadonlySet<string>,
  imports: Imports,
): Statement[] {
  const payload = event.payload;
  const type = quote(event.type);
  const guards = shared.has(payload) ? sharedModule : domain.fileName;
  const validate = imports.value(`validate${payload}`, `./validators/${guards}.js`);
  const summary = event.summary ?? event.title ?? event.description ?? `The event \`${event.type}\`.`;
  const { deprecated } = event;
  return [
    {
      kind: 'interface',
      name: event.typeName,
      doc: docComment({ text: [`\`${event.type}\` as a handler meets it. ${summary}`], deprecated }),
      extends: `${imports.type('Envelope', codegen)}<${type}, ${payload}>`,
      members: [],
    },
    {
      kind: 'const',
      name: event.key,
      doc: docComment({
        text: [summary, event.description === summary ? undefined : event.description, travels(event)],
        deprecated,
        see: event.source.file,
      }),
      type: `${imports.type('EventDefinition', codegen)}<${type}, ${payload}>`,
      value: [
        `/*@__PURE__*/ ${imports.value('defineEvent', codegen)}({`,
        `  type: ${type},`,
        `  key: ${quote(event.key)},`,
        `  version: ${quote(event.version)},`,
        `  domain: ${quote(event.domain)},`,
        validate === 'validate' ? '  validate,' : `  validate: ${validate},`,
        '})',
      ].join('\n'),
    },
    {
      kind: 'const',
      name: event.publisher,
      doc: docComment({
        text: [`Publishes \`${event.type}\`. ${summary}`],
        deprecated,
        example: publishExample(event),
      }),
      type: `${imports.type('Publish', codegen)}<${payload}>`,
      value: `/*@__PURE__*/ ${imports.value('publisherOf', codegen)}(${event.key})`,
    },
  ];
}

function travels(event: EventModelEntry): string | undefined {
  const sent = event.senders.length > 0 ? `Sent by ${event.senders.join(', ')}` : undefined;
  const received = event.receivers.length > 0 ? `received by ${event.receivers.join(', ')}` : undefined;
  const both = [sent, received].filter(Boolean).join('; ');
  return both === '' ? undefined : `${both.charAt(0).toUpperCase()}${both.slice(1)}.`;
}

function publishExample(event: EventModelEntry): string | undefined {
  const [example] = event.examples;
  return example && `await ${event.publisher}(bus, ${jsonExpression(example.data, event.publisher.length + 14)});`;
}

function handlerStatements(domain: DomainModel, events: readonly EventModelEntry[], imports: Imports): Statement[] {
  const handlers = handlersName(domain);
  const factory = handlersFactoryName(domain);
  const handlersOf = imports.value('handlersOf', codegen);
  const context = imports.type('HandlerContext', codegen);
  const promise = imports.global('Promise');
  return [
    {
      kind: 'interface',
      name: handlers,
      doc: docComment({
        text: [
          `A method for every event of the domain \`${domain.name}\`. Implement it whole, and the compiler tells what is new.`,
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
        type: `${promise}<void> | void`,
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
        { name: 'impl', type: `${imports.global('Partial')}<${handlers}>` },
        { name: 'options', type: `${imports.type('HandlersOptions', codegen)}<keyof ${handlers}>`, optional: true },
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
