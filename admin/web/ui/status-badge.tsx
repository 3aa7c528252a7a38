const tones: Readonly<Record<string, string>> = {
  DLQ: 'bad',
  FAILED: 'warn',
  PARKED: 'warn',
  WAITING: 'open',
  PENDING: 'open',
  PROCESSING: 'open',
  COMPLETED: 'good',
  running: 'open',
  waiting: 'open',
  completed: 'good',
  failed: 'bad',
};

/** Explanations of statuses whose label does not explain itself. */
export const statusMeanings: Readonly<Record<string, string>> = {
  PARKED: 'Waits for a build of the handler that can read the event’s version.',
  WAITING: 'Waits until the handler has finished the earlier events of the same ordering key.',
};

/** Label of a status. */
export function statusLabel(status: string): string {
  return status === 'DLQ' ? 'dead' : status.toLowerCase();
}

/** A status as a coloured label. */
export function StatusBadge({ status }: { readonly status: string }) {
  return (
    <span className={`mark status ${tones[status] ?? ''}`} title={statusMeanings[status]}>
      {statusLabel(status)}
    </span>
  );
}
