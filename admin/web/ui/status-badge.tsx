const tones: Readonly<Record<string, string>> = {
  DLQ: 'bad',
  FAILED: 'warn',
  PARKED: 'warn',
  PENDING: 'open',
  PROCESSING: 'open',
  COMPLETED: 'good',
  running: 'open',
  waiting: 'open',
  completed: 'good',
  failed: 'bad',
};

/** Explanations of statuses whose label does not explain itself. */
const meanings: Readonly<Record<string, string>> = {
  PARKED: 'Waits for a build of the handler that can read the event’s version.',
};

/** Label of a status. */
export function statusLabel(status: string): string {
  return status === 'DLQ' ? 'dead' : status.toLowerCase();
}

/** A status as a coloured label. */
export function StatusBadge({ status }: { readonly status: string }) {
  return (
    <span className={`mark status ${tones[status] ?? ''}`} title={meanings[status]}>
      {statusLabel(status)}
    </span>
  );
}
