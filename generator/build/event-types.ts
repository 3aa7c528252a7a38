import { createHash } from 'node:crypto';
import type { FoundChannel, FoundMessage } from '../document/found-document.js';
import type { DocumentStore } from '../source/document-store.js';
import type { Problem } from '../support/errors.js';
import { NameAllocator, slug, typeWord } from '../support/names.js';
import type { StepResult } from '../support/problems.js';
import { compare, groupsInOrder } from '../support/values.js';

/** A message with its event type. It has no TypeScript names yet. */
export interface TypedMessage {
  readonly found: FoundMessage;
  /** Every channel that contains the message, sorted by name. */
  readonly channels: readonly FoundChannel[];
  /** Whether the message's `name` is a valid event type. */
  readonly isNamed: boolean;
  readonly type: string;
}

/**
 * Assigns an event type to every message.
 * @param prefix Prefix for types that are made from message key and channel.
 */
export function typeMessages(
  store: DocumentStore,
  messages: readonly Pick<TypedMessage, 'found' | 'channels'>[],
  prefix: string | undefined,
): StepResult<readonly TypedMessage[]> {
  const typed = messages.map(({ found, channels }) => {
    const isNamed = found.name !== undefined && typePattern.test(found.name);
    return { found, channels, isNamed, type: typeOf(found, prefix) };
  });
  const { value, problems } = uniqueTypes(store, typed);
  return { value, problems: [...typed.flatMap((message) => invalidName(store, message)), ...problems] };
}

const typePattern = /^[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*$/;

/** A warning if the type differs from the text in the catalog. */
function invalidName(store: DocumentStore, { found, isNamed, type }: TypedMessage): Problem[] {
  const { name } = found;
  if (isNamed) return [];
  if (name !== undefined) {
    const message = `the name ${JSON.stringify(name)} is not a valid event type; ${type} is used instead`;
    const hint = 'use words of letters, digits, `_` and `-`, joined by dots';
    return [store.problem('TYPE_INVALID', nameAt(store, found), message, hint, 'warning')];
  }
  const lost = lostLetters(found);
  if (lost === undefined) return [];
  const message = `the ${lost} has letters that an event type cannot contain; ${type} is used instead`;
  const hint = 'add a `name` to the message: words of letters a to z, digits, `_` and `-`, joined by dots';
  return [store.problem('TYPE_INVALID', found.at, message, hint, 'warning')];
}

function nameAt(store: DocumentStore, { at }: FoundMessage) {
  return store.child(at, 'name') ?? at;
}

/** The text that a type is made from, if an event type cannot contain all its letters. */
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

/** The fixed words of a channel's name, in the form that types use. */
export function channelWords({ name }: FoundChannel): string[] {
  return slug(name).map(typeWord).filter(Boolean);
}

function sameWord(a: string, b: string): boolean {
  const plain = (text: string) => text.replaceAll(/[^\p{L}\p{N}]/gu, '').toLowerCase();
  return plain(a) === plain(b);
}

/**
 * Makes types unique. A copy of a message is the same event. Two messages whose `name` is the same dotted type are an error.
 * Other duplicate types are prefixed with the words of their channels.
 */
function uniqueTypes(store: DocumentStore, messages: readonly TypedMessage[]): StepResult<readonly TypedMessage[]> {
  const distinct = withoutCopies(messages);
  const taken = new NameAllocator();
  const types = new Map<TypedMessage, string>();
  const problems: Problem[] = [];
  for (const group of groupsInOrder(distinct, ({ type }) => type)) {
    const [first] = group;
    if (first === undefined) continue;
    if (group.length === 1) taken.take(first.type);
    else if (group.filter(({ isNamed, type }) => isNamed && type.includes('.')).length > 1) {
      problems.push(...sameTypes(store, group));
    } else {
      for (const each of group) {
        const type = taken.take(qualifiedTypes(each));
        types.set(each, type);
        const message = `${group.length} messages have the type ${each.type}; ${type} is used for this one`;
        const hint = 'give each message its own `name`';
        problems.push(store.problem('TYPE_DUPLICATE', nameAt(store, each.found), message, hint, 'warning'));
      }
    }
  }
  return { value: distinct.map((each) => ({ ...each, type: types.get(each) ?? each.type })), problems };
}

function withoutCopies(messages: readonly TypedMessage[]): TypedMessage[] {
  const copies = new Set<string>();
  return messages.filter(({ found }) => {
    if (found.name === undefined) return true;
    const copy = `${found.at.path}\n${JSON.stringify(found.at.value)}`;
    return !copies.has(copy) && copies.add(copy);
  });
}

/** Types with the words of the channel, and if necessary the key; best first. */
function qualifiedTypes({ found, type }: TypedMessage): string[] {
  const words = channelWords(found.channel).join('.');
  const isQualified = words === '' || type === words || type.startsWith(`${words}.`);
  const qualified = isQualified ? type : `${words}.${type}`;
  const withKey = `${qualified}.${typeWord(found.key) || 'message'}`;
  return isQualified ? [withKey] : [qualified, withKey];
}

/** An error for each event but the first one in the catalog. */
function sameTypes(store: DocumentStore, group: readonly TypedMessage[]): Problem[] {
  const placed = group.map((candidate) => ({ candidate, place: store.place(candidate.found.at) }));
  placed.sort((a, b) => compare(a.place.file, b.place.file) || a.place.line - b.place.line);
  const [first, ...others] = placed;
  return others.map(({ candidate: { found, type } }) => {
    const other = `${first?.candidate.found.key} at ${first?.place.file}:${first?.place.line}`;
    const message = `two messages have the type ${type}: ${found.key} here, ${other}`;
    return store.problem('TYPE_DUPLICATE', nameAt(store, found), message, 'give one of them another `name`');
  });
}

function shortHash(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 6);
}
