import type { EventChange } from '../diff/change.js';

const signs = { added: '+', changed: '~', removed: '-' } as const;

/** One line for a changed event: `~ shop.order.placed 1.0.0 → 1.1.0: breaking for consumers`. */
export function eventLine({ kind, type, from, to, impact, isAnnounced }: EventChange): string {
  const version = from === undefined || to === undefined || from === to ? (to ?? from) : `${from} → ${to}`;
  const announced = isAnnounced && impact !== 'compatible' ? ', announced by a new major version' : '';
  return `${signs[kind]} ${type} ${version}${kind === 'changed' ? `: ${impact}${announced}` : ''}`;
}

/** The lines for a changed event: its summary, then one line for each change. */
export function eventLines(event: EventChange): string[] {
  const details = event.kind === 'changed' ? event.changes : [];
  return [
    `  ${eventLine(event)}`,
    ...details.map(({ code, path, message, breaks }) => {
      const affected = breaks.length === 0 ? '' : ` (breaks ${breaks.join(' and ')})`;
      return `      ${code}${path === undefined ? '' : ` ${path}`}: ${message}${affected}`;
    }),
  ];
}

/** The numbers of added, changed and removed events: `1 added, 2 changed`, or `no event changed`. */
export function countChanges({ events }: { readonly events: readonly EventChange[] }): string {
  const parts = (['added', 'changed', 'removed'] as const).flatMap((kind) => {
    const number = events.filter((event) => event.kind === kind).length;
    return number === 0 ? [] : [`${number} ${kind}`];
  });
  return parts.length === 0 ? 'no event changed' : parts.join(', ');
}
