import { isDeepStrictEqual } from 'node:util';
import type { JsonValue } from '../model/event-model.js';
import { type DocumentStore, fieldsOf, type NodeRef, placeKey, refOf } from '../source/document-store.js';
import { GeneratorError, type Problem } from '../support/errors.js';
import { kebabCase, pascalCase, slug } from '../support/names.js';

/** A message of a channel, whichever version of AsyncAPI describes it. */
export interface FoundMessage {
  /** The catalog's name for it: message key, `messageId`, or what its reference, its payload or its channel is called. */
  readonly key: string;
  /** True where the catalog itself gives the key. */
  readonly keyed: boolean;
  /** True where the key is only that of its channel or operation, which has no other message. */
  readonly alone: boolean;
  readonly message: NodeRef;
  /** Message traits, in their order. */
  readonly traits: readonly NodeRef[];
  /** True where a trait's field counts more than the message's own: so it is before AsyncAPI 3. */
  readonly traitsWin: boolean;
  readonly channel: FoundChannel;
}

/** The fields of a message, those of its traits among them. */
export function fieldsWithTraits(found: FoundMessage): Readonly<Record<string, JsonValue>> {
  const own = fieldsOf(found.message.value);
  const traits = found.traits.map(({ value }) => fieldsOf(value));
  return found.traitsWin ? Object.assign({}, own, ...traits) : Object.assign({}, ...traits, own);
}

export interface FoundChannel {
  /** Its key in the catalog. */
  readonly name: string;
  /** Where its messages travel; the key where the catalog gives no address. */
  readonly address: string;
  readonly located: NodeRef;
}

/** Who does what with messages. */
export interface FoundRole {
  readonly service: string;
  readonly action: 'send' | 'receive' | 'reply';
  /** {@link placeKey}s of the messages, or of their whole channel. */
  readonly places: ReadonlySet<string>;
}

/** What a document says of messages, in no order that matters. */
export interface FoundDocument {
  /** As the document says: `3.0.0`. */
  readonly version: string;
  readonly root: NodeRef;
  readonly messages: readonly FoundMessage[];
  readonly roles: readonly FoundRole[];
}

/** Runs a step; keeps the problems of one that fails. */
export type Guard = <T>(step: () => T) => T | undefined;

/** A guard that adds to `problems`. */
export function guardInto(problems: Problem[]): Guard {
  return (step) => {
    try {
      return step();
    } catch (error) {
      if (!(error instanceof GeneratorError)) throw error;
      problems.push(...error.problems);
      return undefined;
    }
  };
}

/**
 * Finds the messages of an AsyncAPI document and what its operations do with them.
 * @throws GeneratorError `ASYNCAPI_VERSION`, `FILE_UNREADABLE`, `YAML_SYNTAX`
 */
export function readDocument(store: DocumentStore, rootPath: string, guard: Guard): FoundDocument {
  const root = store.root(rootPath);
  const version = String(fieldsOf(root.value).asyncapi ?? '');
  if (!supported.test(version)) {
    const at = store.child(root, 'asyncapi') ?? root;
    throw store.error('ASYNCAPI_VERSION', at, ...versionProblem(version));
  }
  const reader = { store, root, guard, service: serviceOf(root) };
  const found = version.startsWith('2') ? readVersion2(reader) : readVersion3(reader);
  const messages = found.messages.length > 0 ? found.messages : looseMessages(reader, version);
  return { version, root, ...found, messages };
}

/** What is wrong with a version that cannot be read, and what to write. */
function versionProblem(version: string): [message: string, hint: string] {
  const [, major, minor = '0'] = /^(\d+)(?:\.(\d+))?$/.exec(version) ?? [];
  const whole = `${major}.${minor}.0`;
  if (supported.test(whole)) {
    return [`the AsyncAPI version must have three numbers; it is ${version}`, `write \`asyncapi: ${whole}\``];
  }
  const message =
    version === '' ? 'the document does not say its AsyncAPI version' : `AsyncAPI ${version} is not supported`;
  return [message, 'write it in AsyncAPI 3.0; 2.0 to 2.6 and 3.1 are read too'];
}

const supported = /^(2\.[0-6]|3\.[01])\.\d+/;

interface Reader {
  readonly store: DocumentStore;
  readonly root: NodeRef;
  readonly guard: Guard;
  /** The application that the document describes: what sends and receives where no `x-service` says it. */
  readonly service: string;
}

function serviceOf(root: NodeRef): string {
  const { 'x-service': service, title } = fieldsOf(fieldsOf(root.value).info);
  if (typeof service === 'string') return service;
  return kebabCase(slug(String(title ?? '')).join(' ')) || 'application';
}

/** Every entry of a mapping, each followed to what it refers to. An entry that cannot be is a problem of its own. */
function entries({ store, guard }: Reader, map: NodeRef | undefined): { name: string; at: NodeRef; raw: NodeRef }[] {
  if (map === undefined) return [];
  return Object.keys(fieldsOf(map.value)).flatMap((name) => {
    const raw = store.child(map, name);
    const at = raw && guard(() => store.follow(raw));
    return raw === undefined || at === undefined ? [] : [{ name, at, raw }];
  });
}

/** Every item of a list, each followed. */
function items({ store, guard }: Reader, list: NodeRef | undefined): NodeRef[] {
  if (list === undefined || !Array.isArray(list.value)) return [];
  return [...list.value.keys()].flatMap((index) => {
    const item = store.child(list, String(index));
    const at = item && guard(() => store.follow(item));
    return at === undefined ? [] : [at];
  });
}

function readVersion3(reader: Reader): Pick<FoundDocument, 'messages' | 'roles'> {
  const { store, root, guard } = reader;
  const messages: FoundMessage[] = [];
  for (const { name, at } of entries(reader, store.child(root, 'channels'))) {
    const { address } = fieldsOf(at.value);
    const channel = { name, address: typeof address === 'string' ? address : name, located: at };
    for (const { name: key, at: message, raw } of entries(reader, store.child(at, 'messages'))) {
      // Keys such as `subscribe.message.0` come from converters: the name of what they refer to is the better one.
      const referred = componentName(raw);
      const keyed = referred === undefined || /^[\p{L}_$][\p{L}\p{N}_$]*$/u.test(key);
      const traits = items(reader, store.child(message, 'traits'));
      const own = { key: keyed ? key : referred, keyed, alone: false };
      messages.push({ ...own, message, traits, traitsWin: false, channel });
    }
  }
  const channels = byPlace(messages.map(({ channel }) => channel.located));
  const known = byPlace(messages.map(({ message }) => message));
  const roles = entries(reader, store.child(root, 'operations')).flatMap(({ at }) => {
    const { action, 'x-service': given } = fieldsOf(at.value);
    const service = typeof given === 'string' ? given : reader.service;
    const places = (from: NodeRef | undefined) => {
      const list = from && store.child(from, 'messages');
      const channel = from && store.child(from, 'channel');
      if (list === undefined) {
        const target = channel && guard(() => store.follow(channel));
        return new Set(target === undefined ? [] : [placeKey(originalOf(target, channels))]);
      }
      return new Set(items(reader, list).map((target) => placeKey(originalOf(target, known))));
    };
    const reply = store.child(at, 'reply');
    const own = { service, action: action === 'receive' ? 'receive' : 'send', places: places(at) } as const;
    const answer = { service, action: 'reply', places: places(reply && guard(() => store.follow(reply))) } as const;
    return [own, answer];
  });
  return { messages, roles };
}

/**
 * Where the document itself has what is written out in the place of a reference, as bundlers do it: the value that is equal.
 * @param known What a reference could lead to.
 */
export function originalOf(at: NodeRef, known: ReadonlyMap<string, NodeRef>): NodeRef {
  if (known.has(placeKey(at))) return at;
  return [...known.values()].find((each) => isDeepStrictEqual(each.value, at.value)) ?? at;
}

export function byPlace(values: readonly NodeRef[]): ReadonlyMap<string, NodeRef> {
  return new Map(values.map((at) => [placeKey(at), at]));
}

function componentName(raw: NodeRef): string | undefined {
  return /\/components\/messages\/([^/]+)$/.exec(refOf(raw.value) ?? '')?.[1];
}

/** In AsyncAPI 2, `publish` is what others publish: the application receives it. */
const actions2 = { publish: 'receive', subscribe: 'send' } as const;

function readVersion2(reader: Reader): Pick<FoundDocument, 'messages' | 'roles'> {
  const { store, root } = reader;
  const messages: FoundMessage[] = [];
  const roles: FoundRole[] = [];
  for (const { name, at } of entries(reader, store.child(root, 'channels'))) {
    const channel = { name, address: name, located: at };
    const both = 'publish' in fieldsOf(at.value) && 'subscribe' in fieldsOf(at.value);
    for (const verb of ['publish', 'subscribe'] as const) {
      const operation = store.child(at, verb);
      if (operation === undefined) continue;
      const { 'x-service': service, operationId } = fieldsOf(operation.value);
      const path = pascalCase(slug(name).join(' '));
      const fallback =
        typeof operationId === 'string'
          ? withoutVerb(operationId)
          : path + (both && verb === 'publish' ? 'Published' : '');
      const found = messagesOf2(reader, operation, fallback || 'Message');
      messages.push(...found.map((message) => ({ ...message, channel })));
      roles.push({
        service: typeof service === 'string' ? service : reader.service,
        action: actions2[verb],
        places: new Set(found.map(({ message }) => placeKey(message))),
      });
    }
  }
  return { messages, roles };
}

/** `onUserSignedUp` as `UserSignedUp`: what happened, not what is done about it. */
function withoutVerb(operationId: string): string {
  return operationId.replace(/^(on|receive|send|publish|subscribe|handle|consume|emit)(?=[A-Z])/, '');
}

function messagesOf2(reader: Reader, operation: NodeRef, fallback: string): Omit<FoundMessage, 'channel'>[] {
  const { store, guard } = reader;
  const single = store.child(operation, 'message');
  const followed = single && guard(() => store.follow(single));
  if (single === undefined || followed === undefined) return [];
  const choice = store.child(followed, 'oneOf');
  const raws =
    choice === undefined
      ? [single]
      : (Array.isArray(choice.value) ? [...choice.value.keys()] : []).map(
          (index) => store.child(choice, String(index)) ?? choice,
        );
  const names = raws.map((raw) => {
    const message = guardInto([])(() => store.follow(raw));
    return message === undefined ? [] : namesWithin(message);
  });
  return raws.flatMap((raw, index) => {
    const message = guard(() => store.follow(raw));
    if (message === undefined) return [];
    const { messageId } = fieldsOf(message.value);
    const given = typeof messageId === 'string' ? messageId : componentName(raw);
    const isUnique = (name: string) => names.every((other, at) => at === index || !other.includes(name));
    const own = given ?? names[index]?.find(isUnique) ?? ownName(message);
    if (own === undefined && raws.length > 1) {
      guard(() => {
        throw store.error('NAME_MISSING', message, ...missingName);
      });
      return [];
    }
    const key = own ?? fallback;
    const alone = own === undefined;
    const traits = items(reader, store.child(message, 'traits'));
    return [{ key, keyed: given !== undefined, alone, message, traits, traitsWin: true }];
  });
}

const missingName = [
  'this message of a `oneOf` has nothing to be called by: its place in the list would name it',
  'give it a `messageId`, a `name` or a `title` that no other message of the list has',
] as const;

function ownName({ value }: NodeRef): string | undefined {
  const { name } = fieldsOf(value);
  return typeof name === 'string' && pascalCase(name) !== '' ? name : undefined;
}

/** What an anonymous message can be called: its name, what its payload refers to, its title, its payload's. */
function namesWithin({ value }: NodeRef): string[] {
  const { name, title, payload } = fieldsOf(value);
  const referred = /([^/#]+?)(?:\.(?:json|ya?ml))?$/.exec(refOf(payload) ?? '')?.[1];
  const titles = [title, fieldsOf(payload).title].filter((each) => typeof each === 'string' && each.length <= 60);
  return [name, referred, ...titles].filter((each) => typeof each === 'string' && pascalCase(each) !== '') as string[];
}

/** The messages of a document that has no channels yet: a library of messages. */
function looseMessages(reader: Reader, version: string): FoundMessage[] {
  const { store, root } = reader;
  const components = store.child(root, 'components', 'messages');
  return entries(reader, components).map(({ name: key, at: message }) => ({
    ...{ key, keyed: true, alone: false, message, traits: items(reader, store.child(message, 'traits')) },
    traitsWin: version.startsWith('2'),
    channel: { name: reader.service, address: '', located: root },
  }));
}
