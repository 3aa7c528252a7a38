import { fieldsOf, type Located, placeKey, pointerOf, refOf, type Sources } from '../source/document-store.js';
import type { Problem } from '../support/errors.js';
import { byPlace, guardInto, originalOf } from './read-document.js';

/**
 * What AsyncAPI 3 asks of operations beyond the form of each: that an operation is at a channel of the document, and that its
 * messages are that channel's, each referred to through it. The specification's parser gets documents in which neither shows
 * (see `skeleton.ts`), and does not ask it of replies, which are warned about. References to nothing are told where they are read.
 */
export function checkOperations(sources: Sources, rootPath: string): Problem[] {
  const root = sources.root(rootPath);
  if (!String(fieldsOf(root.value).asyncapi).startsWith('3.')) return [];
  const follow = (at: Located | undefined) => at && guardInto([])(() => sources.follow(at));
  const channels = byPlace(entriesOf(sources, root, 'channels').flatMap((at) => follow(at) ?? []));
  return entriesOf(sources, root, 'operations').flatMap((entry) => {
    const name = entry.keys.at(-1) ?? '';
    const operation = follow(entry);
    const reply = follow(operation && sources.child(operation, 'reply'));
    const channel = operation && sources.child(operation, 'channel');
    const target = follow(channel);
    const isKnown = target === undefined || channels.has(placeKey(originalOf(target, channels)));
    const message = `operation ${name} refers to a channel that the document does not define`;
    const hint = "write a reference to one of `channels`: `channel: { $ref: '#/channels/…' }`";
    return [
      ...(isKnown || channel === undefined ? [] : [sources.problem('ASYNCAPI_INVALID', channel, message, hint)]),
      ...strayMessages(sources, operation, { who: `operation ${name}`, severity: 'error', channels }),
      ...strayMessages(sources, reply, { who: `the reply of operation ${name}`, severity: 'warning', channels }),
    ];
  });
}

interface Asking {
  /** What has the messages, for the message to people. */
  readonly who: string;
  readonly severity: Problem['severity'];
  /** The channels of the document. */
  readonly channels: ReadonlyMap<string, Located>;
}

/** The messages of an operation or a reply that are not referred to as messages of its channel. */
function strayMessages(sources: Sources, at: Located | undefined, { who, severity, channels }: Asking): Problem[] {
  const reference = at && sources.child(at, 'channel');
  const followed = reference && guardInto([])(() => sources.follow(reference));
  const channel = followed && originalOf(followed, channels);
  if (at === undefined || reference === undefined || channel === undefined) return [];
  const list = sources.child(at, 'messages');
  if (list !== undefined && !Array.isArray(list.value)) {
    const written = refOf(list.value);
    const hint = `write a list: \`messages: [{ $ref: ${JSON.stringify(written ?? '#/channels/…/messages/…')} }]\``;
    return [sources.problem('ASYNCAPI_INVALID', list, `messages of ${who} must be a list of references`, hint)];
  }
  const own = entriesOf(sources, channel, 'messages');
  const through = new Set(own.map(placeOf));
  return entriesOf(sources, at, 'messages').flatMap((item) => {
    const way = guardInto([])(() => wayOf(sources, item));
    if (way === undefined || way.some((hop) => through.has(placeOf(hop)))) return [];
    // Written out in the place of a reference.
    if (way.length === 0 && own.some((each) => isSameValue(sources, each, item))) return [];
    const target = placeOf(way.at(-1));
    const same = own.find((each) => placeOf(guardInto([])(() => sources.follow(each))) === target);
    const written = `${refOf(reference.value) ?? '#/channels/…'}/messages`;
    const names = own.map(({ keys }) => keys.at(-1) ?? '');
    const message =
      same === undefined
        ? `${who} refers to a message that its channel does not contain`
        : `${who} refers to a message without its channel`;
    const hint =
      same === undefined
        ? `add it to the channel's messages, which are ${names.slice(0, 8).join(', ') || 'none'}`
        : `refer to it through the channel: ${written}${pointerOf(same.keys.slice(-1))}`;
    return [sources.problem('ASYNCAPI_INVALID', sources.child(item, '$ref') ?? item, message, hint, severity)];
  });
}

function isSameValue(sources: Sources, reference: Located, value: Located): boolean {
  const target = guardInto([])(() => sources.follow(reference));
  return target !== undefined && originalOf(value, byPlace([target])) === target;
}

/** Where a reference leads, hop by hop. */
function wayOf(sources: Sources, item: Located): Located[] {
  const way: Located[] = [];
  // One that leads in a circle is refused by `follow`.
  sources.follow(item);
  let at = item;
  for (let ref = refOf(at.value); ref !== undefined; ref = refOf(at.value)) {
    at = sources.resolve(at, ref);
    way.push(at);
  }
  return way;
}

/** The entries of a mapping or a list. */
function entriesOf(sources: Sources, around: Located, section: string): Located[] {
  const map = sources.child(around, section);
  if (map === undefined || typeof map.value !== 'object' || map.value === null) return [];
  return Object.keys(map.value).flatMap((key) => sources.child(map, key) ?? []);
}

function placeOf(at: Located | undefined): string | undefined {
  return at && placeKey(at);
}
