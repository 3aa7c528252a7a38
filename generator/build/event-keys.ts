import type { DocumentStore } from '../source/document-store.js';
import type { Problem } from '../support/errors.js';
import { NameAllocator, pascalCase, reservedNames, slug } from '../support/names.js';
import type { StepResult } from '../support/problems.js';
import { groupsInOrder } from '../support/values.js';
import { domainNames, handlersNames } from './domain-names.js';
import { eventNames } from './event-names.js';
import { channelWords, type TypedMessage } from './event-types.js';

interface KeyOptions {
  /** Keys that the config chooses, by type. */
  readonly configured: Readonly<Record<string, string>>;
  readonly domainOf: (message: TypedMessage) => string;
}

/** A key for each message: a TypeScript name that is free, and whose derived names are free too. */
export function keyMessages(
  store: DocumentStore,
  messages: readonly TypedMessage[],
  { configured, domainOf }: KeyOptions,
): StepResult<ReadonlyMap<TypedMessage, string>> {
  const wanted = new Map(messages.map((message) => [message, wantedKey(message, configured)]));
  const isExact = (message: TypedMessage) => message.found.key === wanted.get(message);
  const free = new NameAllocator([...reservedNames, ...handlersNames(domainNames(messages.map(domainOf)))]);
  const keys = new Map<TypedMessage, string>();
  const problems: Problem[] = [];
  for (const group of groupsInOrder(messages, (message) => wanted.get(message) ?? '')) {
    for (const message of [...group].sort((a, b) => Number(isExact(b)) - Number(isExact(a)))) {
      const name = wanted.get(message) ?? '';
      const channel = pascalCase(channelWords(message.found.channel).join(' ')) || 'Message';
      const isFirst = group.length === 1 || (isExact(message) && group.filter(isExact).length === 1);
      const key = free.take([...(isFirst ? [name] : []), `${channel}${name}`], eventNames);
      keys.set(message, key);
      problems.push(...changedKey(store, message, { name, key }));
    }
  }
  return { value: keys, problems };
}

function wantedKey({ found, type }: TypedMessage, configured: Readonly<Record<string, string>>): string {
  return (
    pascalCase(Object.hasOwn(configured, type) ? (configured[type] ?? '') : found.key) ||
    pascalCase(slug(found.channel.name).join(' ')) ||
    'Message'
  );
}

/** A warning if the key of an event differs from the key of its message. */
function changedKey(
  store: DocumentStore,
  { found }: TypedMessage,
  { name, key }: { readonly name: string; readonly key: string },
): Problem[] {
  if (key === name && pascalCase(found.key) !== '') return [];
  const [code, message] =
    key === name
      ? (['NAME_INVALID', `the message key ${JSON.stringify(found.key)} cannot be used as a TypeScript name`] as const)
      : (['NAME_DUPLICATE', `the name ${name} is taken`] as const);
  const hint = 'give the message another key';
  return [store.problem(code, found.at, `${message}; ${key} is used instead`, hint, 'warning')];
}
