import type { EveryField } from '../../../../support/every-field.js';
import { present } from '../../../../support/present.js';
import type { BodyOf } from '../../../api/client.js';
import { maxReplayRate } from '../../../shared/limits.js';
import { localTime } from '../../../ui/local-time.js';

/** Values of the form of a replay. Times are values of `datetime-local` fields, in the browser's time zone. */
export interface ReplayForm {
  readonly from: string;
  readonly to: string;
  /** Types and patterns; empty for all. */
  readonly types: readonly string[];
  readonly tenantId: string;
  readonly groups: readonly string[];
  /** Keys of handlers, see {@link handlerKey}. */
  readonly handlers: readonly string[];
  /** Text in these fields that is not selected yet. */
  readonly typed: Readonly<Record<'types' | 'groups' | 'handlers', string>>;
  /** Events per second; empty for the service's default. */
  readonly rate: string;
}

/** The body that starts a replay. */
export type ReplayBody = Omit<BodyOf<'POST /admin/events/replay'>, 'dryRun'>;

/** Error texts by field. */
export type FormProblems = Readonly<Partial<Record<keyof ReplayForm, string>>>;

const separator = ' / ';

/** Group and handler as one text. Names of groups contain no spaces, so they cannot contain the separator. */
export function handlerKey(group: string, handler: string): string {
  return `${group}${separator}${handler}`;
}

/** A new form for the last `hours`, for all types, tenants and groups. */
export function freshForm(hours: number, now: Date = new Date()): ReplayForm {
  const from = localTime(new Date(now.getTime() - hours * 3_600_000));
  const typed = { types: '', groups: '', handlers: '' };
  return { from, to: localTime(now), types: [], tenantId: '', groups: [], handlers: [], typed, rate: '' };
}

/** The request body for the form, or the errors of the form by field. */
export function readForm(form: ReplayForm): { readonly body: ReplayBody } | { readonly problems: FormProblems } {
  const [from, to] = [new Date(form.from), new Date(form.to)];
  const rate = form.rate.trim() === '' ? undefined : Number(form.rate);
  const problems: Partial<Record<keyof ReplayForm, string>> = {};
  if (Number.isNaN(from.getTime())) problems.from = 'Enter a time.';
  if (Number.isNaN(to.getTime())) problems.to = 'Enter a time.';
  else if (to < from) problems.to = 'The end must not be before the start.';
  if (rate !== undefined && !(Number.isInteger(rate) && rate >= 1 && rate <= maxReplayRate)) {
    problems.rate = `Enter a whole number from 1 to ${maxReplayRate.toLocaleString('en')}, or nothing.`;
  }
  for (const field of ['types', 'groups', 'handlers'] as const) {
    const text = form.typed[field].trim();
    if (text !== '') problems[field] = `“${text}” is not selected: select it with Enter, or remove it.`;
  }
  if (Object.keys(problems).length > 0) return { problems };
  const handlers = form.handlers.map((key) => {
    const at = key.indexOf(separator);
    return { group: key.slice(0, at), handler: key.slice(at + separator.length) };
  });
  const body: EveryField<ReplayBody> = {
    startTime: from.toISOString(),
    endTime: to.toISOString(),
    eventTypes: someOf(form.types),
    tenantId: form.tenantId.trim() || undefined,
    groups: someOf(form.groups),
    handlers: someOf(handlers),
    ratePerSecond: rate,
  };
  return { body: present(body) };
}

/** A list; undefined if it is empty. */
function someOf<Item>(items: readonly Item[]): readonly Item[] | undefined {
  return items.length === 0 ? undefined : items;
}
