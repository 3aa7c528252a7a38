import { type DocumentStore, fieldsOf, type NodeRef, placeKey, pointerOf, refOf } from '../source/document-store.js';
import type { Problem } from '../support/errors.js';
import { resultOrNone } from '../support/problems.js';
import { byPlace, originalOf } from './reader.js';

/**
 * Checks rules of AsyncAPI 3 across operations and channels: an operation refers to a channel of the document, and its messages
 * are references through that channel. The input of the specification's parser does not contain this information (see
 * `parser-input.ts`), and the parser does not check replies; for replies, the problems are warnings. Broken references are
 * reported by the reader of the document.
 */
export function checkOperations(store: DocumentStore, rootPath: string): Problem[] {
  const root = store.root(rootPath);
  if (!String(fieldsOf(root.value).asyncapi).startsWith('3.')) return [];
  const follow = (at: NodeRef | undefined) => at && resultOrNone(() => store.follow(at));
  const channels = byPlace(entriesOf(store, root, 'channels').flatMap((at) => follow(at) ?? []));
  return entriesOf(store, root, 'operations').flatMap((entry) => {
    const name = entry.keys.at(-1) ?? '';
    const operation = follow(entry);
    const reply = follow(operation && store.child(operation, 'reply'));
    const channel = operation && store.child(operation, 'channel');
    const target = follow(channel);
    const isKnown = target === undefined || channels.has(placeKey(originalOf(target, channels)));
    const message = `operation ${name} refers to a channel that the document does not define`;
    const hint = "write a reference to one of `channels`: `channel: { $ref: '#/channels/…' }`";
    return [
      ...(isKnown || channel === undefined ? [] : [store.problem('ASYNCAPI_INVALID', channel, message, hint)]),
      ...strayMessages(store, operation, { owner: `operation ${name}`, severity: 'error', channels }),
      ...strayMessages(store, reply, { owner: `the reply of operation ${name}`, severity: 'warning', channels }),
    ];
  });
}

interface MessageOwner {
  /** Name of the owner in messages: `operation orders.send`. */
  readonly owner: string;
  readonly severity: Problem['severity'];
  /** The channels of the document. */
  readonly channels: ReadonlyMap<string, NodeRef>;
}

/** The messages of an operation or a reply that are not referred to as messages of its channel. */
function strayMessages(
  store: DocumentStore,
  at: NodeRef | undefined,
  { owner, severity, channels }: MessageOwner,
): Problem[] {
  const reference = at && store.child(at, 'channel');
  const followed = reference && resultOrNone(() => store.follow(reference));
  const channel = followed && originalOf(followed, channels);
  if (at === undefined || reference === undefined || channel === undefined) return [];
  const list = store.child(at, 'messages');
  if (list !== undefined && !Array.isArray(list.value)) {
    const written = refOf(list.value);
    const hint = `write a list: \`messages: [{ $ref: ${JSON.stringify(written ?? '#/channels/…/messages/…')} }]\``;
    return [store.problem('ASYNCAPI_INVALID', list, `messages of ${owner} must be a list of references`, hint)];
  }
  const own = entriesOf(store, channel, 'messages');
  const ownPlaces = new Set(own.map(placeOf));
  return entriesOf(store, at, 'messages').flatMap((item) => {
    const targets = resultOrNone(() => targetsOf(store, item));
    if (targets === undefined || targets.some((each) => ownPlaces.has(placeOf(each)))) return [];
    // The message is inlined instead of referenced.
    if (targets.length === 0 && own.some((each) => isSameValue(store, each, item))) return [];
    const target = placeOf(targets.at(-1));
    const same = own.find((each) => placeOf(resultOrNone(() => store.follow(each))) === target);
    const written = `${refOf(reference.value) ?? '#/channels/…'}/messages`;
    const names = own.map(({ keys }) => keys.at(-1) ?? '');
    const message =
      same === undefined
        ? `${owner} refers to a message that its channel does not contain`
        : `${owner} refers to a message without its channel`;
    const hint =
      same === undefined
        ? `add it to the channel's messages, now ${names.slice(0, 8).join(', ') || 'none'}`
        : `refer to it through the channel: ${written}${pointerOf(same.keys.slice(-1))}`;
    return [store.problem('ASYNCAPI_INVALID', store.child(item, '$ref') ?? item, message, hint, severity)];
  });
}

function isSameValue(store: DocumentStore, reference: NodeRef, value: NodeRef): boolean {
  const target = resultOrNone(() => store.follow(reference));
  return target !== undefined && originalOf(value, byPlace([target])) === target;
}

/** The target of a reference; if the target is a reference too, also its target, and so on. */
function targetsOf(store: DocumentStore, item: NodeRef): NodeRef[] {
  const targets: NodeRef[] = [];
  // `follow` refuses circular references.
  store.follow(item);
  let at = item;
  for (let ref = refOf(at.value); ref !== undefined; ref = refOf(at.value)) {
    at = store.resolve(at, ref);
    targets.push(at);
  }
  return targets;
}

/** The entries of a mapping or a list. */
function entriesOf(store: DocumentStore, around: NodeRef, section: string): NodeRef[] {
  const map = store.child(around, section);
  if (map === undefined || typeof map.value !== 'object' || map.value === null) return [];
  return Object.keys(map.value).flatMap((key) => store.child(map, key) ?? []);
}

function placeOf(at: NodeRef | undefined): string | undefined {
  return at && placeKey(at);
}
