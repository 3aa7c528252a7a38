import { fieldsOf, type NodeRef, placeKey, refOf } from '../source/document-store.js';
import { pascalCase, slug } from '../support/names.js';
import { resultOrNone } from '../support/problems.js';
import type { FoundChannel, FoundDocument, FoundMessage, FoundRole } from './found-document.js';
import { readMessage } from './read-message.js';
import { channelAt, componentName, entries, type Reader } from './reader.js';

/** In AsyncAPI 2, `publish` means that other applications publish, so this application receives. */
const actions = { publish: 'receive', subscribe: 'send' } as const;

/** The messages and the roles of a document in AsyncAPI 2. */
export function readVersion2(reader: Reader): Pick<FoundDocument, 'messages' | 'roles'> {
  const { store, root } = reader;
  const messages: FoundMessage[] = [];
  const roles: FoundRole[] = [];
  for (const { name, at } of entries(reader, store.child(root, 'channels'))) {
    const channel = channelAt(name, at, undefined);
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
      const found = messagesOf(reader, operation, { channel, fallback: fallback || 'Message' });
      messages.push(...found);
      roles.push({
        service: typeof service === 'string' ? service : reader.service,
        action: actions[verb],
        places: new Set(found.map((message) => placeKey(message.at))),
        at: operation,
      });
    }
  }
  return { messages, roles };
}

/** Removes the verb of an operation id: `onUserSignedUp` becomes `UserSignedUp`. */
function withoutVerb(operationId: string): string {
  return operationId.replace(/^(on|receive|send|publish|subscribe|handle|consume|emit)(?=[A-Z])/, '');
}

function messagesOf(
  reader: Reader,
  operation: NodeRef,
  { channel, fallback }: { readonly channel: FoundChannel; readonly fallback: string },
): FoundMessage[] {
  const { store, attempt } = reader;
  const raws = writtenMessages(reader, operation);
  const names = raws.map((raw) => {
    const message = resultOrNone(() => store.follow(raw));
    return message === undefined ? [] : namesWithin(message);
  });
  return raws.flatMap((raw, index) => {
    const message = attempt(() => store.follow(raw));
    if (message === undefined) return [];
    const { messageId } = fieldsOf(message.value);
    const given = typeof messageId === 'string' ? messageId : componentName(raw);
    const isUnique = (name: string) => names.every((other, at) => at === index || !other.includes(name));
    const own = given ?? names[index]?.find(isUnique) ?? ownName(message);
    if (own === undefined && raws.length > 1) {
      attempt(() => {
        throw store.error('NAME_MISSING', message, ...missingName);
      });
      return [];
    }
    const keyFrom = given !== undefined ? 'message' : own !== undefined ? 'reference' : 'channel';
    return [readMessage(reader, message, { key: own ?? fallback, keyFrom, channel })];
  });
}

/** The messages of an operation before following references: one, or those of its `oneOf`. */
function writtenMessages({ store, attempt }: Reader, operation: NodeRef): NodeRef[] {
  const single = store.child(operation, 'message');
  const followed = single && attempt(() => store.follow(single));
  if (single === undefined || followed === undefined) return [];
  const choice = store.child(followed, 'oneOf');
  if (choice === undefined) return [single];
  const indexes = Array.isArray(choice.value) ? [...choice.value.keys()] : [];
  return indexes.map((index) => store.child(choice, String(index)) ?? choice);
}

const missingName = [
  'this message of a `oneOf` has no name: only its position in the list would identify it',
  'add a `messageId`, a `name` or a `title` that no other message of the list has',
] as const;

function ownName({ value }: NodeRef): string | undefined {
  const { name } = fieldsOf(value);
  return typeof name === 'string' && pascalCase(name) !== '' ? name : undefined;
}

/** Candidate names of a message without an id: its name, the target of its payload, its title, the title of its payload. */
function namesWithin({ value }: NodeRef): string[] {
  const { name, title, payload } = fieldsOf(value);
  const referred = /([^/#]+?)(?:\.(?:json|ya?ml))?$/.exec(refOf(payload) ?? '')?.[1];
  const titles = [title, fieldsOf(payload).title].filter((each) => typeof each === 'string' && each.length <= 60);
  return [name, referred, ...titles].filter((each) => typeof each === 'string' && pascalCase(each) !== '') as string[];
}
