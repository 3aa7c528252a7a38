import { fieldsOf, type NodeRef, placeKey } from '../source/document-store.js';
import type { FoundDocument, FoundMessage, FoundRole } from './found-document.js';
import { readMessage } from './read-message.js';
import { byPlace, channelAt, componentName, entries, items, originalOf, type Reader } from './reader.js';

/** The messages and the roles of a document in AsyncAPI 3. */
export function readVersion3(reader: Reader): Pick<FoundDocument, 'messages' | 'roles'> {
  const { store, root } = reader;
  const messages = entries(reader, store.child(root, 'channels')).flatMap(({ name, at }) =>
    messagesOf(reader, name, at),
  );
  return { messages, roles: rolesOf(reader, messages) };
}

function messagesOf(reader: Reader, name: string, at: NodeRef): FoundMessage[] {
  const channel = channelAt(name, at, fieldsOf(at.value).address);
  return entries(reader, reader.store.child(at, 'messages')).map(({ name: key, at: message, raw }) => {
    // Converters write keys such as `subscribe.message.0`; the name of the referenced component is better.
    const referred = componentName(raw);
    const isOwn = referred === undefined || /^[\p{L}_$][\p{L}\p{N}_$]*$/u.test(key);
    const naming = isOwn ? ({ key, keyFrom: 'message' } as const) : ({ key: referred, keyFrom: 'reference' } as const);
    return readMessage(reader, message, { ...naming, channel });
  });
}

function rolesOf(reader: Reader, messages: readonly FoundMessage[]): FoundRole[] {
  const { store, root, attempt } = reader;
  const channels = byPlace(messages.map(({ channel }) => channel.at));
  const known = byPlace(messages.map(({ at }) => at));
  const places = (from: NodeRef | undefined): Set<string> => {
    const list = from && store.child(from, 'messages');
    if (list !== undefined) return new Set(items(reader, list).map((target) => placeKey(originalOf(target, known))));
    const channel = from && store.child(from, 'channel');
    const target = channel && attempt(() => store.follow(channel));
    return new Set(target === undefined ? [] : [placeKey(originalOf(target, channels))]);
  };
  return entries(reader, store.child(root, 'operations')).flatMap(({ at }): FoundRole[] => {
    const { action, 'x-service': given } = fieldsOf(at.value);
    const service = typeof given === 'string' ? given : reader.service;
    const reply = store.child(at, 'reply');
    return [
      { service, action: action === 'receive' ? 'receive' : 'send', places: places(at), at },
      { service, action: 'reply', places: places(reply && attempt(() => store.follow(reply))), at },
    ];
  });
}
