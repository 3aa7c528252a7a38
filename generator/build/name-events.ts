import { createHash } from 'node:crypto';
import type { FoundChannel, FoundMessage } from '../document/found-document.js';
import type { Guess } from '../model/event-model.js';
import { type DocumentStore, placeKey } from '../source/document-store.js';
import type { Problem } from '../support/errors.js';
import { kebabCase, NameAllocator, pascalCase, reservedNames, slug, typeWord } from '../support/names.js';
import { compare, groupBy } from '../support/values.js';
import { domainNames, handlersNames } from './domain-names.js';

/** What a catalog's config may say of names in place of what would be made up. */
export interface EventNaming {
  /** Put before the types that are made from message key and channel. */
  readonly prefix?: string | undefined;
  /** Key of an event, by its type. */
  readonly keys?: Readonly<Record<string, string>> | undefined;
  /** Words that types begin with and names leave out: `org.example.shop`. */
  readonly typePrefix?: string | undefined;
}

/** A message with the names that the generated code knows it by. */
export interface NamedEvent {
  readonly found: FoundMessage;
  /** Every channel that has it, sorted by name. */
  readonly channels: readonly FoundChannel[];
  readonly type: string;
  readonly key: string;
  readonly domain: string;
  readonly guessed: readonly Guess[];
}

const typePattern = /^[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*$/;

/** An event on its way to its names. */
interface Candidate {
  readonly found: FoundMessage;
  readonly channels: readonly FoundChannel[];
  readonly named: boolean;
  type: string;
}

/**
 * Gives every message its event type, key and domain. What the catalog does not say is made from message key and channel,
 * never from an order, so that nothing is renamed by what is added elsewhere.
 */
export function nameEvents(
  store: DocumentStore,
  messages: readonly FoundMessage[],
  naming: EventNaming,
  problems: Problem[],
): NamedEvent[] {
  const short = (text: string) => withoutPrefix(text, naming.typePrefix);
  const candidates = distinctMessages(messages).map(({ found: given, channels }) => {
    const found = { ...given, key: short(given.key) };
    const named = found.name !== undefined && typePattern.test(found.name);
    return { found, channels, named, type: typeOf(found, naming.prefix) };
  });
  for (const { found, named, type } of candidates) {
    if (named) continue;
    const { name } = found;
    if (name === undefined) {
      const lost = lostLetters(found);
      if (lost === undefined) continue;
      const message = `the ${lost} has letters that an event type cannot have; ${type} is used`;
      const hint = 'give the message a `name`: words of letters a to z, digits, `_` and `-`, joined by dots';
      problems.push(store.problem('TYPE_INVALID', found.at, message, hint, 'warning'));
      continue;
    }
    const message = `the name ${JSON.stringify(name)} is not a valid event type; ${type} is used instead`;
    const hint = 'use words of letters, digits, `_` and `-`, joined by dots';
    const at = store.child(found.at, 'name') ?? found.at;
    problems.push(store.problem('TYPE_INVALID', at, message, hint, 'warning'));
  }
  const unique = uniqueTypes(store, candidates, problems);
  const domainIn = ({ type, found }: Candidate) => domainOf(short(type), found);
  const keys = uniqueKeys(store, unique, { given: naming.keys ?? {}, domainIn }, problems);
  return unique.map((candidate) => {
    const { found, channels, named, type } = candidate;
    const key = keys.get(candidate) ?? found.key;
    const guessed: Guess[] = [];
    if (key !== found.key || found.keyFrom !== 'message') guessed.push('key');
    if (!named) guessed.push('type');
    return { found, channels, type, key, domain: domainIn(candidate), guessed };
  });
}

/** One entry for each message, however many channels and operations have it, in the order of its first channel. */
function distinctMessages(messages: readonly FoundMessage[]): { found: FoundMessage; channels: FoundChannel[] }[] {
  const byPlace = groupBy(messages, ({ at }) => placeKey(at));
  const distinct = [...byPlace.values()].flatMap((same) => {
    const sorted = same.sort((a, b) => compare(a.channel.name, b.channel.name) || compare(a.key, b.key));
    const [found] = sorted;
    const channels = [...new Map(sorted.map(({ channel }) => [channel.name, channel])).values()];
    return found === undefined ? [] : [{ found, channels }];
  });
  const order = ({ found }: { found: FoundMessage }) => `${found.channel.name}\n${found.key}\n${placeKey(found.at)}`;
  const ordered = distinct.map((each) => ({ each, order: order(each) }));
  return ordered.sort((a, b) => compare(a.order, b.order)).map(({ each }) => each);
}

/** What a type is made from and cannot be in it whole; undefined where nothing is lost. */
function lostLetters({ key, keyFrom, channel }: FoundMessage): string | undefined {
  const isLost = (text: string) => /[^\p{ASCII}]/u.test(text.normalize('NFKD').replaceAll(/\p{M}+/gu, ''));
  if (keyFrom !== 'channel' && isLost(key)) return `message key ${JSON.stringify(key)}`;
  return isLost(channel.name) ? `channel ${JSON.stringify(channel.name)}` : undefined;
}

function typeOf(found: FoundMessage, prefix = ''): string {
  const { name } = found;
  if (name !== undefined) {
    if (typePattern.test(name)) return name;
    const words = name.split('.').map(typeWord).filter(Boolean);
    if (words.length > 0) return words.join('.');
  }
  const words = channelWords(found.channel);
  const key = typeWord(found.key) || `message_${shortHash(found.key)}`;
  const isChannel =
    (found.keyFrom === 'channel' && words.length > 0) ||
    sameWord(words.join(''), key) ||
    sameWord(words.at(-1) ?? '', key);
  return [prefix, ...words, ...(isChannel ? [] : [key])].filter(Boolean).join('.');
}

function channelWords({ name }: FoundChannel): string[] {
  return slug(name).map(typeWord).filter(Boolean);
}

function sameWord(a: string, b: string): boolean {
  const plain = (text: string) => text.replaceAll(/[^\p{L}\p{N}]/gu, '').toLowerCase();
  return plain(a) === plain(b);
}

/**
 * Makes types unique. A copy of a message is the same event; two events that give themselves one type of several words
 * are a mistake in the catalog; any others are told apart by their channels.
 */
function uniqueTypes(store: DocumentStore, candidates: readonly Candidate[], problems: Problem[]): Candidate[] {
  const copies = new Set<string>();
  const distinct = candidates.filter(({ found }) => {
    if (found.name === undefined) return true;
    const copy = `${found.at.path}\n${JSON.stringify(found.at.value)}`;
    return !copies.has(copy) && copies.add(copy);
  });
  const taken = new NameAllocator();
  for (const group of groupsOf(distinct, ({ type }) => type)) {
    const [first] = group;
    if (first === undefined) continue;
    if (group.length === 1) {
      taken.take(first.type);
      continue;
    }
    if (group.filter(({ named, type }) => named && type.includes('.')).length > 1) {
      problems.push(...sameTypes(store, group));
      continue;
    }
    for (const candidate of group) {
      const { found, type } = candidate;
      const at = store.child(found.at, 'name') ?? found.at;
      const words = channelWords(found.channel).join('.');
      const isQualified = words === '' || type === words || type.startsWith(`${words}.`);
      const qualified = isQualified ? type : `${words}.${type}`;
      const withKey = `${qualified}.${typeWord(found.key) || 'message'}`;
      candidate.type = taken.take(isQualified ? [withKey] : [qualified, withKey]);
      const message = `${group.length} messages have the type ${type}; this one is ${candidate.type}`;
      problems.push(store.problem('TYPE_DUPLICATE', at, message, 'give each its own `name`', 'warning'));
    }
  }
  return distinct;
}

/** A problem for each event but the one that the catalog has first. */
function sameTypes(store: DocumentStore, group: readonly Candidate[]): Problem[] {
  const placed = group.map((candidate) => ({ candidate, place: store.place(candidate.found.at) }));
  placed.sort((a, b) => compare(a.place.file, b.place.file) || a.place.line - b.place.line);
  const [first, ...others] = placed;
  return others.map(({ candidate: { found, type } }) => {
    const at = store.child(found.at, 'name') ?? found.at;
    const other = `${first?.candidate.found.key} at ${first?.place.file}:${first?.place.line}`;
    const message = `two messages have the type ${type}: ${found.key} here, ${other}`;
    return store.problem('TYPE_DUPLICATE', at, message, 'give one of them another `name`');
  });
}

interface KeyOptions {
  /** Keys that the config chooses, by type. */
  readonly given: Readonly<Record<string, string>>;
  readonly domainIn: (candidate: Candidate) => string;
}

function uniqueKeys(
  store: DocumentStore,
  candidates: readonly Candidate[],
  { given, domainIn }: KeyOptions,
  problems: Problem[],
): ReadonlyMap<Candidate, string> {
  const wanted = ({ found, type }: Candidate) => {
    return (
      pascalCase(Object.hasOwn(given, type) ? (given[type] ?? '') : found.key) ||
      pascalCase(slug(found.channel.name).join(' ')) ||
      'Message'
    );
  };
  const domains = domainNames(candidates.map(domainIn));
  const free = new NameAllocator([...reservedNames, ...handlersNames(domains)]);
  const keys = new Map<Candidate, string>();
  for (const group of groupsOf(candidates, wanted)) {
    for (const candidate of [...group].sort((a, b) => Number(isExact(b)) - Number(isExact(a)))) {
      const { found } = candidate;
      const name = wanted(candidate);
      const channel = pascalCase(channelWords(found.channel).join(' ')) || 'Message';
      const alone = group.length === 1 || (isExact(candidate) && group.filter(isExact).length === 1);
      const key = free.take([...(alone ? [name] : []), `${channel}${name}`], eventNames);
      keys.set(candidate, key);
      if (key === name && pascalCase(found.key) !== '') continue;
      const [code, message] =
        key === name
          ? (['NAME_INVALID', `the message key ${JSON.stringify(found.key)} makes no TypeScript name`] as const)
          : (['NAME_DUPLICATE', `the name ${name} is taken`] as const);
      const hint = 'give the message another key';
      problems.push(store.problem(code, found.at, `${message}; the message is ${key}`, hint, 'warning'));
    }
  }
  return keys;

  function isExact(candidate: Candidate): boolean {
    return candidate.found.key === wanted(candidate);
  }
}

/** The names that an event's key brings with it. */
export function eventNames(key: string): string[] {
  return [eventTypeName(key), publisherName(key), handlerName(key)];
}

/** `ApprovalApprovedEvent`; `UserCreatedEventEnvelope` where the key says already that it is an event. */
export function eventTypeName(key: string): string {
  return key.endsWith('Event') ? `${key}Envelope` : `${key}Event`;
}

export function publisherName(key: string): string {
  return `publish${key}`;
}

export function handlerName(key: string): string {
  return `on${key}`;
}

function withoutPrefix(text: string, prefix: string | undefined): string {
  return prefix !== undefined && text.startsWith(`${prefix}.`) ? text.slice(prefix.length + 1) : text;
}

/** The first word of a type that has several, else of the channel. */
function domainOf(type: string, { channel }: FoundMessage): string {
  const [first = '', ...rest] = type.split('.');
  if (rest.length > 0) return first;
  return kebabCase(channelWords(channel)[0] ?? '') || 'events';
}

/** Groups in the order of what they have in common. */
function groupsOf<T>(items: readonly T[], common: (item: T) => string): T[][] {
  return [...groupBy(items, common)].sort(([a], [b]) => compare(a, b)).map(([, group]) => group);
}

function shortHash(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 6);
}
