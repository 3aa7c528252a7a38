import type { FoundChannel, FoundMessage } from '../document/found-document.js';
import type { Guess } from '../model/event-model.js';
import { type DocumentStore, placeKey } from '../source/document-store.js';
import { kebabCase } from '../support/names.js';
import type { StepResult } from '../support/problems.js';
import { compare, groupBy } from '../support/values.js';
import { keyMessages } from './event-keys.js';
import { channelWords, type TypedMessage, typeMessages } from './event-types.js';

/** Names from the config that replace those that the generator makes. */
export interface EventNaming {
  /** Prefix for types that are made from message key and channel. */
  readonly prefix?: string | undefined;
  /** Key of an event, by its type. */
  readonly keys?: Readonly<Record<string, string>> | undefined;
  /** Prefix of event types that domains and TypeScript names omit: `org.example.shop`. */
  readonly typePrefix?: string | undefined;
}

/** A message with its names in generated code. */
export interface NamedEvent {
  readonly found: FoundMessage;
  /** Every channel that contains the message, sorted by name. */
  readonly channels: readonly FoundChannel[];
  readonly type: string;
  readonly key: string;
  readonly domain: string;
  readonly guessed: readonly Guess[];
}

/**
 * Assigns an event type, a key and a domain to every message. Missing names are made from message key and channel, never
 * from a position, so that an addition to the catalog does not rename other events.
 */
export function nameEvents(
  store: DocumentStore,
  messages: readonly FoundMessage[],
  naming: EventNaming,
): StepResult<readonly NamedEvent[]> {
  const short = (text: string) => withoutPrefix(text, naming.typePrefix);
  const distinct = distinctMessages(messages).map(({ found, channels }) => {
    return { found: { ...found, key: short(found.key) }, channels };
  });
  const typed = typeMessages(store, distinct, naming.prefix);
  const domainOf = ({ type, found }: TypedMessage) => domainIn(short(type), found);
  const keys = keyMessages(store, typed.value, { configured: naming.keys ?? {}, domainOf });
  const value = typed.value.map((message): NamedEvent => {
    const { found, channels, type, isNamed } = message;
    const key = keys.value.get(message) ?? found.key;
    const guessed: Guess[] = [];
    if (key !== found.key || found.keyFrom !== 'message') guessed.push('key');
    if (!isNamed) guessed.push('type');
    return { found, channels, type, key, domain: domainOf(message), guessed };
  });
  return { value, problems: [...typed.problems, ...keys.problems] };
}

/** One entry for each message, even if several channels and operations contain it, in the order of its first channel. */
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

function withoutPrefix(text: string, prefix: string | undefined): string {
  return prefix !== undefined && text.startsWith(`${prefix}.`) ? text.slice(prefix.length + 1) : text;
}

/** The first word of a type of several words, otherwise the first word of the channel. */
function domainIn(type: string, { channel }: FoundMessage): string {
  const [first = '', ...rest] = type.split('.');
  if (rest.length > 0) return first;
  return kebabCase(channelWords(channel)[0] ?? '') || 'events';
}
