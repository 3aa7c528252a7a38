import { EventBusError } from '../errors.js';
import { matchesPattern } from '../event/pattern.js';
import type { HandlerOptions } from '../handle/subscription.js';
import { listOf, type OptionTable, resolveOptions, time, timeOf } from '../options.js';
import type { HandlerTarget, ReplayPlan, ReplayRequest } from './replay.js';

const isNonEmpty = (value: unknown) => typeof value === 'string' && value !== '';

/** Every field of {@link ReplayRequest}. A misspelt field is refused: ignoring it would replay more events than requested. */
const requestFields: OptionTable<ReplayRequest> = {
  from: { check: time },
  to: { check: time },
  eventTypes: { default: ['*'], check: listOf('a list of at least one event type or pattern', isNonEmpty, 1) },
  tenantId: { check: { expected: 'a tenant, or left out', holds: isNonEmpty } },
  groups: { check: listOf("a list of groups' names", isNonEmpty) },
  handlers: {
    default: [],
    check: listOf('a list of handlers: { group, handler }', (item) => {
      const { group, handler } = item as Partial<HandlerTarget>;
      return isNonEmpty(group) && isNonEmpty(handler);
    }),
  },
  ratePerSecond: {
    default: 1_000,
    check: { expected: 'a number from 1', holds: (value) => Number.isFinite(value) && Number(value) >= 1 },
  },
};

/** Fields that are absent in a plan if they are absent in its request. */
type Open = 'from' | 'to' | 'tenantId' | 'groups';

/** Which events a handler gets. */
export interface KnownHandler {
  readonly pattern: string;
  readonly replay: NonNullable<HandlerOptions['replay']>;
}

/** The groups that are not retired, and the handlers of each group by name. */
export type KnownGroups = ReadonlyMap<string, ReadonlyMap<string, KnownHandler>>;

/**
 * Checks a request and fills in the defaults.
 * @param nowMs Milliseconds since 1970. @throws EventBusError `REPLAY_INVALID`
 */
export function planReplay(request: ReplayRequest, known: KnownGroups, nowMs: number): ReplayPlan {
  const checked = resolveOptions<ReplayRequest, Open>('replay', requestFields, request, 'REPLAY_INVALID');
  const { from, to, eventTypes, tenantId, groups, handlers, ratePerSecond } = checked;
  const end = Math.min(to === undefined ? nowMs : timeOf(to), nowMs);
  if (from !== undefined && timeOf(from) > end) throw refuse('from', 'before `to`, and not in the future');
  const targets = groups ?? (handlers.length > 0 ? [] : [...known.keys()].sort());
  for (const group of targets)
    if (!known.has(group)) throw refuse('groups', `existing groups (${some(known.keys())}), not ${group}`);
  for (const { group, handler } of handlers) {
    const handlersOfGroup = known.get(group);
    if (handlersOfGroup === undefined)
      throw refuse('handlers', `of existing groups (${some(known.keys())}), not of ${group}`);
    if (!handlersOfGroup.has(handler))
      throw refuse('handlers', `existing handlers of ${group} (${some(handlersOfGroup.keys())}), not ${handler}`);
  }
  if (targets.length === 0 && handlers.length === 0)
    throw refuse('groups', 'at least one group, but no group exists yet');
  return {
    ...(from === undefined ? {} : { from: new Date(timeOf(from)).toISOString() }),
    to: new Date(end).toISOString(),
    eventTypes,
    ...(tenantId === undefined ? {} : { tenantId }),
    groups: targets,
    handlers: handlers.filter(({ group }: HandlerTarget) => !targets.includes(group)),
    ratePerSecond,
  };
}

/** The fields of an event that a plan selects by. */
export interface ReplayCandidate {
  readonly type: string;
  readonly tenantId: string;
}

/** Whether the plan selects this event. */
export function isPlanned(plan: ReplayPlan, { type, tenantId }: ReplayCandidate): boolean {
  if (plan.tenantId !== undefined && plan.tenantId !== tenantId) return false;
  return plan.eventTypes.some((pattern) => matchesPattern(pattern, type));
}

/** Returns a test for events that the plan selects and that at least one of its handlers gets. */
export function replaySelection(plan: ReplayPlan, known: KnownGroups): (event: ReplayCandidate) => boolean {
  const ofGroups = plan.groups.flatMap((group) => [...(known.get(group)?.values() ?? [])]);
  const single = plan.handlers.flatMap(({ group, handler }) => known.get(group)?.get(handler) ?? []);
  const all = [...ofGroups, ...single].filter(({ replay }) => replay !== 'skip');
  const patterns = [...new Set(all.map(({ pattern }) => pattern))];
  return (event) => isPlanned(plan, event) && patterns.some((pattern) => matchesPattern(pattern, event.type));
}

/**
 * The envelope with the mark of a replay; undefined if `json` is not an envelope. All other bytes stay unchanged: numbers
 * that JavaScript would round keep their digits.
 */
export function markReplayed(json: string | undefined, jobId: string): MarkedEnvelope | undefined {
  let value: unknown;
  try {
    value = JSON.parse(json ?? '');
  } catch {
    return undefined;
  }
  if (json === undefined || typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  const { type, tenantId, replay } = value as Readonly<Record<string, unknown>>;
  if (typeof type !== 'string' || typeof tenantId !== 'string') return undefined;
  const mark = `"replay":${JSON.stringify({ jobId })}`;
  const marked =
    replay === undefined
      ? `${json.slice(0, json.lastIndexOf('}'))},${mark}}`
      : JSON.stringify({ ...value, replay: { jobId } });
  return { type, tenantId, json: marked };
}

export interface MarkedEnvelope extends ReplayCandidate {
  readonly json: string;
}

/** Up to twenty names for an error's message. */
function some(names: Iterable<string>): string {
  return [...names].sort().slice(0, 20).join(', ') || 'none';
}

function refuse(field: string, expected: string): EventBusError {
  return new EventBusError('REPLAY_INVALID', `replay: ${field} must be ${expected}`);
}
