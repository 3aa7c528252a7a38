import type { ChangeDetail, ChangeImpact, EventChange } from '@hyvve-events/catalog-model';
import type { Direction } from './modes.js';

export type { ChangeDetail, ChangeImpact, EventChange };

/** Which side a change may break: services that handle the event, or services that publish it. */
export type Side = 'consumers' | 'producers';

interface Effect {
  /** Which sides it breaks. */
  readonly breaks: readonly Side[];
  /** Which compatibility it breaks. */
  readonly against: readonly Direction[];
}

const harmless: Effect = { breaks: [], against: [] };
/** Data that was valid is now invalid: publishes are refused, and old entries become dead letters of upgraded consumers. */
const narrower: Effect = { breaks: ['producers'], against: ['backward'] };
/** Data that was invalid is now valid: consumers that are not upgraded receive unknown data. */
const wider: Effect = { breaks: ['consumers'], against: ['forward'] };
const other: Effect = { breaks: ['consumers', 'producers'], against: ['backward', 'forward'] };
/** Old consumers no longer receive a field, and new consumers cannot read it from old entries. */
const lost: Effect = { breaks: ['consumers'], against: ['backward', 'forward'] };

/** Every kind of change with its effect. `docs/generator.md` explains each. */
export const changes = {
  EVENT_ADDED: harmless,
  EVENT_REMOVED: other,
  EVENT_DEPRECATED: harmless,
  EVENT_RESTORED: harmless,
  KEY_CHANGED: harmless,
  STREAM_CHANGED: harmless,
  DESCRIPTION_CHANGED: harmless,
  SENDER_ADDED: harmless,
  SENDER_REMOVED: harmless,
  RECEIVER_ADDED: harmless,
  RECEIVER_REMOVED: harmless,
  CONTENT_TYPE_CHANGED: other,
  CORRELATION_ID_MOVED: lost,
  ORDERING_KEY_CHANGED: other,
  PARTITION_KEY_CHANGED: other,
  VERSION_RAISED: harmless,
  VERSION_LOWERED: harmless,
  PROPERTY_ADDED: harmless,
  PROPERTY_REMOVED: lost,
  REQUIRED_ADDED: narrower,
  REQUIRED_REMOVED: wider,
  TYPE_CHANGED: other,
  TYPE_NARROWED: narrower,
  TYPE_WIDENED: wider,
  ENUM_NARROWED: narrower,
  ENUM_WIDENED: wider,
  CONST_CHANGED: other,
  FORMAT_ADDED: narrower,
  FORMAT_REMOVED: wider,
  FORMAT_CHANGED: other,
  CONSTRAINT_TIGHTENED: narrower,
  CONSTRAINT_LOOSENED: wider,
  CONSTRAINT_CHANGED: other,
  OBJECT_CLOSED: narrower,
  OBJECT_OPENED: harmless,
  BRANCH_ADDED: wider,
  BRANCH_REMOVED: narrower,
  MAYBE_NARROWED: narrower,
  MAYBE_WIDENED: wider,
} as const satisfies Readonly<Record<string, Effect>>;

export type ChangeCode = keyof typeof changes;

/** A change with the effect of its code. @param also Further sides that it breaks. */
export function changeOf(code: ChangeCode, message: string, path?: string, also: readonly Side[] = []): ChangeDetail {
  const { breaks, against } = changes[code];
  const sides = [...new Set<Side>([...breaks, ...also])].sort();
  return { code, ...(path === undefined ? {} : { path }), message, breaks: sides, against };
}
