import { readFileSync } from 'node:fs';
import { dirname, relative } from 'node:path';
import type { FoundChannel } from '../document/found-document.js';
import type { EditedFile } from '../release/raise-versions.js';
import { fieldsOf, type NodeRef, placeKey, refOf } from '../source/document-store.js';
import { type EditValue, editYaml, type YamlEdit } from '../source/edit-yaml.js';
import { pointerOf } from '../source/json-pointer.js';
import type { GeneratorError } from '../support/errors.js';
import { groupsInOrder } from '../support/values.js';
import type { CatalogOperations } from './catalog-operations.js';
import type { MissingOperation } from './compare-with-catalog.js';
import { pathOf } from './diagnostics.js';

/** An operation as the root document lists it. */
interface ListedOperation {
  readonly name: string;
  /** The `$ref` of the list; undefined if the operation is written there. */
  readonly ref: string | undefined;
  readonly at: NodeRef;
  /** The place of its channel. */
  readonly channel: string;
}

/**
 * The files of a catalog with the missing operations: in an operation of the service that lists its messages, otherwise in a new one,
 * which is written where the other operations of its channel are. Nothing is written.
 * @throws GeneratorError `EDIT_IMPOSSIBLE` for AsyncAPI 2, whose operations belong to one application, and files of other hosts
 */
export function withOperations(missing: readonly MissingOperation[], catalog: CatalogOperations): EditedFile[] {
  if (missing.length > 0 && catalog.version.startsWith('2')) throw isVersion2(catalog);
  const edited = new Map<string, { text: string; readonly what: string[] }>();
  const edit = (path: string, change: YamlEdit, what: string) => {
    if (/^https?:/.test(path)) throw isRemote(catalog, path);
    const file = pathOf(path);
    const known = edited.get(file) ?? { text: readFileSync(path, 'utf8'), what: [] };
    known.text = editYaml(file, known.text, { ...change, isBlock: true });
    if (what !== '') known.what.push(what);
    edited.set(file, known);
  };
  const listed = listedOperations(catalog);
  for (const group of groupsInOrder(missing, (each) => groupOf(each, catalog))) {
    const [first] = group;
    const channel = first && catalog.messages.get(first.type)?.channel;
    if (first === undefined || channel === undefined) continue;
    const types = group.map(({ type }) => type);
    const { service, action } = first;
    const existing = listed.find(
      ({ at, channel: of }) =>
        of === placeKey(channel.at) &&
        fieldsOf(at.value)['x-service'] === service &&
        fieldsOf(at.value).action === action &&
        Array.isArray(fieldsOf(at.value).messages),
    );
    if (existing !== undefined) addMessages(existing, types);
    else addOperation({ service, action, channel, types });
  }
  return [...edited].map(([file, { text, what }]) => ({ file, text, what }));

  function addMessages({ at, name }: ListedOperation, types: readonly string[]): void {
    const ref = refOf(fieldsOf(at.value).channel) ?? '';
    const { length } = fieldsOf(at.value).messages as readonly unknown[];
    for (const [index, type] of types.entries()) {
      const value = { $ref: `${ref}/messages/${messageKey(type, catalog)}` };
      edit(at.path, { keys: [...at.keys, 'messages', String(length + index)], value }, `${name} + ${type}`);
    }
  }

  function addOperation({ service, action, channel, types }: NewOperation): void {
    const key = placeKey(channel.at);
    const siblings = listed.filter((operation) => operation.channel === key);
    const name = freeName(`${service}.${action}.${channel.name}`, listed);
    const home = homeOf({ siblings, channel }, catalog, listed);
    const channelRef = channelRefFrom(home.path, { channel, siblings }, catalog);
    const all = [...catalog.messages]
      .filter(([, message]) => placeKey(message.channel.at) === key)
      .map(([type]) => type);
    const isWhole = all.every((type) => types.includes(type));
    const messages = types.map((type) => ({ $ref: `${channelRef}/messages/${messageKey(type, catalog)}` }));
    const value: EditValue = {
      action,
      'x-service': service,
      channel: { $ref: channelRef },
      ...(isWhole ? {} : { messages }),
    };
    const after = siblings.map((sibling) => sibling.name).reverse();
    edit(
      home.path,
      { keys: [...home.keys, name], value, after },
      `${name} (${isWhole ? 'all events' : types.join(', ')})`,
    );
    if (home.ref !== undefined) {
      const ref = `${home.ref}${pointerOf([name])}`;
      edit(catalog.root.path, { keys: ['operations', name], value: { $ref: ref }, after }, '');
    }
    const at = { path: home.path, keys: [...home.keys, name], value };
    listed.push({ name, ref: home.ref, at, channel: key });
  }
}

interface NewOperation {
  readonly service: string;
  readonly action: string;
  readonly channel: FoundChannel;
  readonly types: readonly string[];
}

function groupOf({ service, action, type }: MissingOperation, { messages }: CatalogOperations): string {
  const channel = messages.get(type)?.channel;
  return JSON.stringify([service, action === 'send' ? 0 : 1, channel === undefined ? '' : placeKey(channel.at)]);
}

function listedOperations({ root, store }: CatalogOperations): ListedOperation[] {
  return Object.keys(fieldsOf(fieldsOf(root.value).operations)).flatMap((name) => {
    const raw = store.child(root, 'operations', name);
    if (raw === undefined) return [];
    const at = store.follow(raw);
    const channel = store.child(at, 'channel');
    return [{ name, ref: refOf(raw.value), at, channel: channel === undefined ? '' : placeKey(store.follow(channel)) }];
  });
}

function freeName(wanted: string, listed: readonly ListedOperation[]): string {
  let name = wanted;
  for (let number = 2; listed.some((operation) => operation.name === name); number += 1) name = `${wanted}.${number}`;
  return name;
}

/** Where a new operation is written. */
interface Home {
  readonly path: string;
  /** The keys of the mapping that gets it. */
  readonly keys: readonly string[];
  /** Reference to that mapping from the root document; undefined if it is the list of the root document itself. */
  readonly ref: string | undefined;
}

function homeOf(
  { siblings, channel }: { readonly siblings: readonly ListedOperation[]; readonly channel: FoundChannel },
  { root, store }: CatalogOperations,
  listed: readonly ListedOperation[],
): Home {
  const inRoot: Home = { path: root.path, keys: ['operations'], ref: undefined };
  const [sibling] = siblings;
  if (sibling !== undefined) {
    const { ref, at } = sibling;
    return ref === undefined
      ? inRoot
      : { path: at.path, keys: at.keys.slice(0, -1), ref: ref.slice(0, ref.lastIndexOf('/')) };
  }
  const ref = refOf(store.child(root, 'channels', channel.name)?.value);
  const [file] = ref?.split('#') ?? [];
  const isSplit = listed.some((operation) => operation.ref !== undefined);
  if (!isSplit || file === undefined || file === '' || channel.at.path === root.path) return inRoot;
  return { path: channel.at.path, keys: ['operations'], ref: `${file}#/operations` };
}

/** The reference to a channel from a file: as another operation of the file writes it. */
function channelRefFrom(
  path: string,
  { channel, siblings }: { readonly channel: FoundChannel; readonly siblings: readonly ListedOperation[] },
  { root }: CatalogOperations,
): string {
  const written = siblings.find(({ at }) => at.path === path);
  const ref = written === undefined ? undefined : refOf(fieldsOf(written.at.value).channel);
  if (ref !== undefined) return ref;
  const pointer = `#/channels${pointerOf([channel.name])}`;
  return path === root.path ? pointer : `${relative(dirname(path), root.path).replaceAll('\\', '/')}${pointer}`;
}

/** The key of an event's message in its channel, escaped for a reference. */
function messageKey(type: string, { messages, store }: CatalogOperations): string {
  const message = messages.get(type);
  if (message === undefined) return '';
  const list = store.child(message.channel.at, 'messages');
  const key = Object.keys(fieldsOf(list?.value)).find((name) => {
    const raw = list && store.child(list, name);
    return raw !== undefined && placeKey(store.follow(raw)) === placeKey(message.at);
  });
  return pointerOf([key ?? message.key]).slice(1);
}

function isVersion2({ root, version, store }: CatalogOperations): GeneratorError {
  const message = `AsyncAPI ${version} describes one application, so operations of other services cannot be added`;
  return store.error('EDIT_IMPOSSIBLE', root, message, 'convert the document to AsyncAPI 3');
}

function isRemote({ root, store }: CatalogOperations, path: string): GeneratorError {
  return store.error(
    'EDIT_IMPOSSIBLE',
    root,
    `operations cannot be written to ${path}, which is on another host`,
    'add them there',
  );
}
