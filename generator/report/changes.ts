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
