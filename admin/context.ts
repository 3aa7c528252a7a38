import type { EventOperator, GroupPosition } from '@hyvve-events/runtime';
import type { Identity } from './auth/tokens.js';
import type { BulkRunner } from './bulk/bulk-runner.js';
import type { AsyncApiDocument } from './catalog/async-api.js';
import type { Catalog } from './catalog/catalog.js';
import type { Masker } from './catalog/personal-data.js';
import type { ReceiveEvent } from './catalog/received-event.js';
import type { Development } from './development.js';
import type { Indexer } from './projection/indexer.js';

/** Maximum number of pending entries of a group that are read individually. */
export const maxPending = 1_000;

/** Dependencies and settings of the routes. */
export interface AdminContext {
  readonly operator: EventOperator;
  readonly indexer: Indexer;
  readonly bulk: BulkRunner;
  readonly catalog: Catalog;
  /** Undefined without an AsyncAPI document. */
  readonly asyncApi: AsyncApiDocument | undefined;
  readonly masker: Masker;
  /** How handlers receive an event of an older version. */
  readonly receive: ReceiveEvent;
  /** Publishes events by hand; undefined except under `hyvve-events dev`. */
  readonly development: Development | undefined;
  /** Retention of events, in milliseconds. */
  readonly eventRetentionMs: number;
  /** Age from which an unfinished event makes `/health/events` unhealthy, in milliseconds. */
  readonly unfinishedLimitMs: number;
  /** The read position of each group in each partition, at most half a second old; older of a partition that is away. */
  readonly positions: () => Promise<readonly GroupPosition[]>;
  /** The same, read now. */
  readonly positionsNow: () => Promise<readonly GroupPosition[]>;
}

/** The masker for a role: owners see everything, other roles see no personal data. */
export function maskerFor({ masker }: AdminContext, { role }: Identity): Masker {
  return role === 'owner' ? unmasked : masker;
}

const unmasked: Masker = { data: (_type, _version, data) => data, envelope: (envelope) => envelope };
