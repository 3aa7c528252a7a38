const looks: Readonly<Record<string, string>> = {
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

/** What a status means, where its word does not say it. */
const meanings: Readonly<Record<string, string>> = {
  PARKED: 'Waits for a build of the handler that can read the event’s version.',
};

/** A status as it is said. */
export function statusLabel(status: string): string {
  return status === 'DLQ' ? 'dead' : status.toLowerCase();
}

/** A status as a coloured word. */
export function StatusBadge({ status }: { readonly status: string }) {
  return (
    <span className={`mark status ${looks[status] ?? ''}`} title={meanings[status]}>
      {statusLabel(status)}
    </span>
  );
}
