const looks: Readonly<Record<string, string>> = {
  ...{ DLQ: 'bad', FAILED: 'warn', PENDING: 'open', PROCESSING: 'open', COMPLETED: 'good' },
  ...{ running: 'open', waiting: 'open', completed: 'good', failed: 'bad' },
};

/** A status as it is said. */
export function statusWord(status: string): string {
  return status === 'DLQ' ? 'dead' : status.toLowerCase();
}

/** Where something stands, as a word with a colour. */
export function StatusMark({ status }: { readonly status: string }) {
  return <span className={`mark status ${looks[status] ?? ''}`}>{statusWord(status)}</span>;
}
