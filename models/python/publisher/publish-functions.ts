import type { EventModelEntry } from '@hyvve-events/catalog-model';
import { Scope, snakeCase } from '../../names.js';
import { docstring } from '../print-type.js';
import { pythonTypeName } from '../python-names.js';

/** What a module with publish functions imports for them. */
export const publisherImport = 'from .publisher import Context, Published, Publisher';

/** Names of the publish functions of a module, by type of event. Events that are only replies have none. */
export function publishFunctionNames(events: readonly EventModelEntry[]): ReadonlyMap<string, string> {
  const scope = new Scope();
  const published = events.filter((event) => !event.reply);
  return new Map(published.map(({ type, publisher }) => [type, scope.take(snakeCase(publisher), '_')]));
}

/** A function that publishes an event. */
export function printPublishFunction(event: EventModelEntry, name: string): string {
  const { type, version, payload, deprecated } = event;
  const about = [event.summary ?? event.description, ...(deprecated ? ['Deprecated.'] : [])];
  const text = [`Publishes \`${type}\`, version ${version}.`, ...about].filter((part) => part !== undefined);
  return [
    `def ${name}(`,
    '    publisher: Publisher,',
    `    data: ${pythonTypeName(payload)},`,
    '    **context: Unpack[Context],',
    ') -> Published:',
    ...docstring(text.join('\n\n'), '    '),
    `    return publisher.publish(${JSON.stringify(type)}, data, **context)`,
  ].join('\n');
}
