import { type Static, Type } from 'typebox';
import type { Masker } from '../../catalog/personal-data.js';
import { formatPosition } from '../../database/positions.js';
import { type StoredDetail, storedDetailOf, type TransitionLogRow } from '../../database/tables.js';
import type { SchemasOf } from '../../http/schemas.js';
import { type Difference, differencesOf } from './differences.js';

/** Columns of the log entry that the answer contains under their own names. */
const columns = {
  eventId: Type.Optional(Type.String()),
  type: Type.Optional(Type.String()),
  tenantId: Type.Optional(Type.String()),
  correlationId: Type.Optional(Type.String()),
  group: Type.Optional(Type.String()),
  handler: Type.Optional(Type.String()),
  deadLetterId: Type.Optional(Type.String()),
} satisfies SchemasOf<Omit<TransitionLogRow, 'ms' | 'seq' | 'part' | 'kind' | 'actor' | 'origin' | 'dueAt' | 'detail'>>;

/** One change that an operator made. */
export const AuditEntry = Type.Object({
  id: Type.String(),
  at: Type.String(),
  actor: Type.String(),
  from: Type.Optional(Type.String({ description: 'Address of the operator' })),
  action: Type.String(),
  ...columns,
  bulkJobId: Type.Optional(Type.String()),
  before: Type.Optional(Type.Unknown()),
  after: Type.Optional(Type.Unknown()),
  changes: Type.Optional(
    Type.Array(
      Type.Object({ path: Type.String(), before: Type.Optional(Type.Unknown()), after: Type.Optional(Type.Unknown()) }),
      { description: 'Of an edit: the differences of the data' },
    ),
  ),
});

/** Status of the delivery after each action on a dead letter; a parked delivery can be discarded too. */
const statusAfter: Readonly<Record<string, string>> = {
  retried: 'FAILED',
  edited: 'DISCARDED',
  discarded: 'DISCARDED',
};

/** @param edit Of an edit: the detail in Redis, with the data before and after; undefined if it is older than the retention. */
export function auditEntry(
  row: TransitionLogRow,
  view: Masker,
  edit: Readonly<Record<string, unknown>> | undefined,
): Static<typeof AuditEntry> {
  const { ms, seq, part, kind, actor, origin, dueAt: _dueAt, detail: _detail, ...named } = row;
  const detail = storedDetailOf(row);
  const texts = { ...named, bulkJobId: detail.job, from: origin ?? detail.from };
  return {
    id: formatPosition({ ms, seq, part }),
    at: new Date(ms).toISOString(),
    actor: actor ?? '',
    action: kind,
    // A change of a whole group has no event, and its handler is `*`.
    ...Object.fromEntries(
      Object.entries(texts).filter(([, value]) => typeof value === 'string' && value !== '' && value !== '*'),
    ),
    ...(edit === undefined ? statesOf(kind, detail) : editOf(named.type, edit, view)),
  };
}

function statesOf(kind: string, detail: StoredDetail): { readonly before?: unknown; readonly after?: unknown } {
  const status = statusAfter[kind];
  if (status !== undefined) {
    if (detail.parked === true) return { before: { status: 'PARKED', version: detail.version }, after: { status } };
    const was = typeof detail.before === 'object' ? detail.before : {};
    return { before: { status: 'DLQ', ...was }, after: { status } };
  }
  const { jobId, plan, before, after } = detail;
  if (kind === 'growth-started' || kind === 'growth-completed') return { before, after };
  if (jobId === undefined) return {};
  return { before: before === undefined ? undefined : { jobId, status: before }, after: { jobId, plan } };
}

/** The data before and after. Values that the role must not see are masked in both; that they differ is still shown. */
function editOf(
  type: string,
  { dataBefore, dataAfter, newEventId, before }: Readonly<Record<string, unknown>>,
  view: Masker,
) {
  // The log does not contain the versions of the data.
  const [maskedBefore, maskedAfter] = [view.data(type, undefined, dataBefore), view.data(type, undefined, dataAfter)];
  const was = typeof before === 'object' ? before : {};
  return {
    before: { status: 'DLQ', ...was, data: maskedBefore },
    after: { status: 'DISCARDED', newEventId, data: maskedAfter },
    changes: differencesOf(dataBefore, dataAfter).map(({ path, steps }: Difference) => ({
      path,
      before: valueAt(maskedBefore, steps),
      after: valueAt(maskedAfter, steps),
    })),
  };
}

function valueAt(data: unknown, steps: readonly (string | number)[]): unknown {
  let value = data;
  for (const step of steps) {
    // A mask replaces all nested values.
    if (typeof value !== 'object' || value === null) break;
    value = (value as Readonly<Record<string | number, unknown>>)[step];
  }
  return value;
}
