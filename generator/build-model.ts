import { createHash } from 'node:crypto';
import { SchemaCollector } from './collect-schemas.js';
import { GeneratorError, type Problem } from './errors.js';
import type {
  DomainModel,
  EventModel,
  EventModelEntry,
  ExampleModel,
  JsonValue,
  SchemaModel,
  ServiceModel,
  SourcePlace,
} from './model.js';
import { constantCase, FreeNames, isIdentifier, pascalCase } from './names.js';
import { fieldsOf, type Located, type Place, type Sources } from './sources.js';

const typePattern = /^[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*$/;

/** An event as the catalog has it, before names that need the whole are decided. */
interface FoundEvent {
  readonly key: string;
  readonly type: string;
  readonly message: Located;
  readonly channel: Located;
  readonly channelName: string;
}

/** A model, and where in the catalog its parts stand. */
export interface BuiltModel {
  readonly model: EventModel;
  /**
   * Where a value within an example stands.
   * @param type The event's type.
   * @param index The example's index in the model.
   * @param pointer JSON pointer of the value, from the example's data.
   */
  readonly placeInExample: (type: string, index: number, pointer: string) => Place;
}

/**
 * The model of an AsyncAPI 3 catalog.
 * @throws GeneratorError with every problem found.
 */
export function buildModel(sources: Sources, rootPath: string): BuiltModel {
  const root = sources.root(rootPath);
  const problems: Problem[] = [];
  const guard = <T>(step: () => T): T | undefined => {
    try {
      return step();
    } catch (error) {
      if (!(error instanceof GeneratorError)) throw error;
      problems.push(...error.problems);
      return undefined;
    }
  };
  const version = String(fieldsOf(root.value).asyncapi ?? '');
  if (!/^3\.\d+\.\d+/.test(version)) {
    const at = sources.child(root, 'asyncapi') ?? root;
    throw sources.error(
      'ASYNCAPI_VERSION',
      at,
      `AsyncAPI ${version || '(no version)'} is not supported`,
      'write the catalog in AsyncAPI 3.0',
    );
  }
  const found = findEvents(sources, root, guard);
  checkEvents(sources, found, problems);
  const collector = new SchemaCollector(sources, new FreeNames(found.flatMap(({ key }) => [key, `${key}Event`])));
  const roles = guard(() => findRoles(sources, root)) ?? [];
  const entries: EventModelEntry[] = [];
  for (const event of found) {
    const entry = guard(() => entryOf(sources, event, roles, collector));
    if (entry !== undefined) entries.push(entry);
  }
  if (problems.length > 0) throw new GeneratorError(problems);
  const events = entries.sort((a, b) => compare(a.type, b.type));
  const schemas = withDomains(collector.schemas(), events);
  const info = fieldsOf(fieldsOf(root.value).info);
  const body = { domains: domainsOf(sources, events, found), events, schemas, services: servicesOf(root, events) };
  const model: EventModel = {
    modelVersion: 1,
    catalog: {
      title: String(info.title ?? ''),
      version: String(info.version ?? ''),
      ...optional('description', info.description),
      asyncapi: version,
      hash: hashOf(body),
    },
    ...body,
  };
  const messages = new Map(found.map(({ type, message }) => [type, message]));
  return {
    model,
    placeInExample: (type, index, pointer) => placeInExample(sources, messages.get(type) ?? root, index, pointer),
  };
}

function placeInExample(sources: Sources, message: Located, index: number, pointer: string): Place {
  const examples = fieldsOf(message.value).examples;
  const written = Array.isArray(examples) ? [...examples.keys()].filter((at) => hasPayload(examples[at])) : [];
  const keys = pointer.split('/').slice(1);
  const names = keys.map((key) => key.replaceAll('~1', '/').replaceAll('~0', '~'));
  const at = { ...message, keys: [...message.keys, 'examples', String(written[index]), 'payload', ...names] };
  return sources.place(at);
}

function hasPayload(example: JsonValue): boolean {
  return fieldsOf(example).payload !== undefined;
}

type Guard = <T>(step: () => T) => T | undefined;

function findEvents(sources: Sources, root: Located, guard: Guard): FoundEvent[] {
  const found: FoundEvent[] = [];
  const channels = sources.child(root, 'channels');
  for (const channelName of Object.keys(fieldsOf(channels?.value))) {
    guard(() => {
      const channel = channels && sources.child(channels, channelName);
      if (channel === undefined) return;
      const followed = sources.follow(channel);
      for (const key of Object.keys(fieldsOf(fieldsOf(followed.value).messages))) {
        guard(() => {
          const reference = sources.child(followed, 'messages', key);
          if (reference === undefined) return;
          const message = sources.follow(reference);
          const name = fieldsOf(message.value).name;
          const type = typeof name === 'string' ? name : `${channelName}.${key}`;
          found.push({ key, type, message, channel: followed, channelName });
        });
      }
    });
  }
  return found;
}

function checkEvents(sources: Sources, found: readonly FoundEvent[], problems: Problem[]): void {
  const types = new Map<string, FoundEvent>();
  const keys = new Map<string, FoundEvent>();
  for (const event of found) {
    const at = sources.child(event.message, 'name') ?? event.message;
    const same = types.get(event.type);
    if (same !== undefined) {
      const where = sources.place(same.message);
      const message = `two messages have the type ${event.type}: ${event.key} here, ${same.key} at ${where.file}:${where.line}`;
      problems.push(sources.problem('TYPE_DUPLICATE', at, message, 'give one of them another `name`'));
    }
    types.set(event.type, event);
    if (!typePattern.test(event.type)) {
      const message = `the event type ${JSON.stringify(event.type)} cannot be subscribed to`;
      problems.push(
        sources.problem('TYPE_INVALID', at, message, 'use words of letters, digits, `_` and `-`, joined by dots'),
      );
    }
    if (!isIdentifier(event.key)) {
      const message = `the message key ${JSON.stringify(event.key)} is no TypeScript identifier`;
      const hint = `call it ${pascalCase(event.key) || 'SomethingHappened'}, say`;
      problems.push(sources.problem('NAME_INVALID', event.message, message, hint));
    }
    const namesake = keys.get(event.key);
    if (namesake !== undefined && namesake.type !== event.type) {
      const where = sources.place(namesake.message);
      const message = `two messages have the key ${event.key}; the other is at ${where.file}:${where.line}`;
      problems.push(
        sources.problem('NAME_DUPLICATE', event.message, message, 'rename one: the key names the TypeScript type'),
      );
    }
    keys.set(event.key, event);
  }
}

interface Role {
  readonly service: string;
  readonly action: 'send' | 'receive';
  /** Places of the messages, or of the whole channel. */
  readonly places: ReadonlySet<string>;
}

function findRoles(sources: Sources, root: Located): Role[] {
  const operations = sources.child(root, 'operations');
  return Object.keys(fieldsOf(operations?.value)).flatMap((id) => {
    const reference = operations && sources.child(operations, id);
    if (reference === undefined) return [];
    const operation = sources.follow(reference);
    const { action, 'x-service': service } = fieldsOf(operation.value);
    const channel = sources.child(operation, 'channel');
    const messages = sources.child(operation, 'messages');
    const targets =
      messages === undefined
        ? channel === undefined
          ? []
          : [channel]
        : Object.keys(messages.value as object).map((index) => sources.child(messages, index) ?? messages);
    return [
      {
        service: typeof service === 'string' ? service : id,
        action: action === 'receive' ? ('receive' as const) : ('send' as const),
        places: new Set(targets.map((target) => placeKey(sources.follow(target)))),
      },
    ];
  });
}

function entryOf(
  sources: Sources,
  event: FoundEvent,
  roles: readonly Role[],
  collector: SchemaCollector,
): EventModelEntry {
  const { key, type, message, channel, channelName } = event;
  const fields = fieldsOf(message.value);
  const payload = sources.child(message, 'payload');
  if (payload === undefined) {
    throw sources.error('PAYLOAD_MISSING', message, `${key} has no payload`, 'give it a `payload` with a JSON Schema');
  }
  const here = new Set([placeKey(message), placeKey(channel)]);
  const who = (action: Role['action']) => {
    const names = roles.filter((role) => role.action === action && [...role.places].some((place) => here.has(place)));
    return [...new Set(names.map((role) => role.service))].sort(compare);
  };
  const address = fieldsOf(channel.value).address;
  return {
    ...{
      type,
      key,
      constant: constantCase(key),
      typeName: `${key}Event`,
      publisher: `publish${upperFirst(key)}`,
      handler: `on${upperFirst(key)}`,
    },
    version: typeof fields['x-event-version'] === 'string' ? fields['x-event-version'] : '1.0.0',
    domain: type.split('.')[0] ?? channelName,
    ...optional('title', fields.title),
    ...optional('summary', fields.summary),
    ...optional('description', fields.description),
    deprecated: fields.deprecated === true || fields['x-deprecated'] === true,
    tags: Array.isArray(fields.tags) ? fields.tags.map((tag) => String(fieldsOf(tag).name ?? '')).filter(Boolean) : [],
    stream: typeof address === 'string' ? address : channelName,
    senders: who('send'),
    receivers: who('receive'),
    payload: collector.collect(payload, `${key}Payload`),
    examples: examplesOf(fields.examples),
    source: sourceOf(sources, message),
  };
}

function examplesOf(value: JsonValue | undefined): ExampleModel[] {
  if (!Array.isArray(value)) return [];
  return value.flatMap((example) => {
    const { name, summary, payload } = fieldsOf(example);
    if (payload === undefined) return [];
    return [{ ...optional('name', name), ...optional('summary', summary), data: payload }];
  });
}

/** Puts each schema in the domain whose events alone use it; in none (the shared module) when several do. */
function withDomains(schemas: readonly SchemaModel[], events: readonly EventModelEntry[]): SchemaModel[] {
  const byName = new Map(schemas.map((schema) => [schema.name, schema]));
  const users = new Map<string, Set<string>>();
  const visit = (name: string, domain: string): void => {
    const domains = users.get(name) ?? new Set();
    if (domains.has(domain)) return;
    users.set(name, domains.add(domain));
    for (const used of byName.get(name)?.uses ?? []) visit(used, domain);
  };
  for (const event of events) visit(event.payload, event.domain);
  return schemas.map((schema) => {
    const [domain, ...others] = users.get(schema.name) ?? [];
    return others.length > 0 || domain === undefined ? schema : { ...schema, domain };
  });
}

const moduleNames = ['index', 'shared', 'validators', 'catalog', 'package'];

function domainsOf(sources: Sources, events: readonly EventModelEntry[], found: readonly FoundEvent[]): DomainModel[] {
  const files = new FreeNames(moduleNames);
  const names = [...new Set(events.map((event) => event.domain))].sort(compare);
  return names.map((name) => {
    const channel = found.find((event) => event.type.startsWith(`${name}.`) || event.type === name);
    const fields = fieldsOf(channel?.channel.value);
    const single =
      new Set(found.filter(({ type }) => type.startsWith(`${name}.`)).map(({ channelName }) => channelName)).size === 1;
    return {
      name,
      typeName: pascalCase(name),
      fileName: files.take(name.replaceAll('_', '-').toLowerCase()),
      ...(single ? { ...optional('title', fields.title), ...optional('description', fields.description) } : {}),
      source: { ...(channel === undefined ? { file: '', line: 1 } : sourceOf(sources, channel.message)), line: 1 },
    };
  });
}

function servicesOf(root: Located, events: readonly EventModelEntry[]): ServiceModel[] {
  const described = fieldsOf(fieldsOf(root.value)['x-services']);
  const names = new Set(events.flatMap((event) => [...event.senders, ...event.receivers]));
  return [...names].sort(compare).map((name) => ({
    name,
    ...optional('title', fieldsOf(described[name]).title),
    ...optional('description', fieldsOf(described[name]).description),
    sends: events.filter((event) => event.senders.includes(name)).map((event) => event.type),
    receives: events.filter((event) => event.receivers.includes(name)).map((event) => event.type),
  }));
}

function hashOf(body: object): string {
  const json = JSON.stringify(body, (key, value: unknown) => (key === 'source' ? undefined : value));
  return createHash('sha256').update(json).digest('hex').slice(0, 16);
}

function sourceOf(sources: Sources, at: Located): SourcePlace {
  const { file, line } = sources.place(at);
  return { file, line };
}

function placeKey(at: Located): string {
  return `${at.path}#${at.keys.join('/')}`;
}

function optional<Name extends string>(name: Name, value: unknown): { readonly [N in Name]?: string } {
  return (typeof value === 'string' && value !== '' ? { [name]: value } : {}) as { readonly [N in Name]?: string };
}

function upperFirst(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
