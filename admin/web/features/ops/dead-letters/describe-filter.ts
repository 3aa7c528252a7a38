import { type DeadLetterFilter, deadLetterFilterNames } from './dead-letter-filter.js';

const prefixes: Readonly<Record<keyof DeadLetterFilter, string>> = {
  text: 'with the text',
  type: 'of',
  group: 'of the group',
  handler: 'of the handler',
  reason: 'for the reason',
  fingerprint: 'of the selected error group',
  eventId: 'of the event',
  correlationId: 'of the trace',
  tenantId: 'of the tenant',
  from: 'from',
  to: 'to',
};

/** Describes what a filter finds: `of ai.token.limit_warning, of the group notifications`. */
export function describeFilter(filter: DeadLetterFilter): string {
  const parts = deadLetterFilterNames.flatMap((name) => {
    const value = filter[name];
    if (value === undefined) return [];
    return [name === 'fingerprint' ? prefixes[name] : `${prefixes[name]} ${value}`];
  });
  return parts.length === 0 ? 'all dead letters' : parts.join(', ');
}
