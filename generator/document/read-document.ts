import { type DocumentStore, fieldsOf, type NodeRef } from '../source/document-store.js';
import { kebabCase, slug } from '../support/names.js';
import { collectingProblems, type StepResult } from '../support/problems.js';
import type { FoundDocument, FoundMessage, FoundService } from './found-document.js';
import { readMessage } from './read-message.js';
import { readVersion2 } from './read-version-2.js';
import { readVersion3 } from './read-version-3.js';
import { channelAt, entries, type Reader, textOf } from './reader.js';

/**
 * Reads the messages of an AsyncAPI document and the roles of applications from its operations.
 * @throws GeneratorError `ASYNCAPI_VERSION`, `FILE_UNREADABLE`, `YAML_SYNTAX`
 */
export function readDocument(store: DocumentStore, rootPath: string): StepResult<FoundDocument> {
  const root = store.root(rootPath);
  const version = String(fieldsOf(root.value).asyncapi ?? '');
  if (!supported.test(version)) {
    const at = store.child(root, 'asyncapi') ?? root;
    throw store.error('ASYNCAPI_VERSION', at, ...versionProblem(version));
  }
  return collectingProblems((attempt) => {
    const isOlder = version.startsWith('2');
    const reader = { store, root, attempt, service: serviceOf(root), traitsWin: isOlder };
    const found = isOlder ? readVersion2(reader) : readVersion3(reader);
    const messages = found.messages.length > 0 ? found.messages : looseMessages(reader);
    const { title, version: infoVersion, description } = fieldsOf(fieldsOf(root.value).info);
    const info = { title: String(title ?? ''), version: String(infoVersion ?? ''), description: textOf(description) };
    return { version, root, info, messages, roles: found.roles, services: servicesOf(root) };
  });
}

/** Message and hint for an unsupported AsyncAPI version. */
function versionProblem(version: string): [message: string, hint: string] {
  const [, major, minor = '0'] = /^(\d+)(?:\.(\d+))?$/.exec(version) ?? [];
  const whole = `${major}.${minor}.0`;
  if (supported.test(whole)) {
    return [`the AsyncAPI version must have three numbers; it is ${version}`, `write \`asyncapi: ${whole}\``];
  }
  const message =
    version === '' ? 'the document does not state its AsyncAPI version' : `AsyncAPI ${version} is not supported`;
  return [message, 'use AsyncAPI 3.0; 2.0 to 2.6 and 3.1 are supported too'];
}

const supported = /^(2\.[0-6]|3\.[01])\.\d+/;

function serviceOf(root: NodeRef): string {
  const { 'x-service': service, title } = fieldsOf(fieldsOf(root.value).info);
  if (typeof service === 'string') return service;
  return kebabCase(slug(String(title ?? '')).join(' ')) || 'application';
}

function servicesOf(root: NodeRef): Map<string, FoundService> {
  const described = fieldsOf(fieldsOf(root.value)['x-services']);
  return new Map(
    Object.entries(described).map(([name, service]) => {
      const { title, description } = fieldsOf(service);
      return [name, { title: textOf(title), description: textOf(description) }];
    }),
  );
}

/** The messages of a document without channels: a library of messages. */
function looseMessages(reader: Reader): FoundMessage[] {
  const { store, root, service } = reader;
  const channel = { ...channelAt(service, root, ''), title: undefined, description: undefined };
  return entries(reader, store.child(root, 'components', 'messages')).map(({ name: key, at }) =>
    readMessage(reader, at, { key, keyFrom: 'message', channel }),
  );
}
