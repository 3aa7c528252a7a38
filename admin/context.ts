import type { EventOperator, GroupPosition } from '@hyvve-events/runtime';
import type { Identity } from './auth/tokens.js';
import type { BulkRunner } from './bulk/bulk-runner.js';
import type { AsyncApiDocument } from './catalog/async-api.js';
import type { Catalog } from './catalog/catalog.js';
import type { Masker } from './catalog/personal-data.js';
import type { Indexer } from './projection/indexer.js';

/** Stream ids of unfinished entries that are told apart from finished ones, a group. */
export const maxPending = 1_000;

/** What the routes work with. */
export interface AdminContext {
  readonly operator: EventOperator;
  readonly indexer: Indexer;
  readonly bulk: BulkRunner;
  readonly catalog: Catalog;
  /** Undefined where there is no document to serve. */
  readonly asyncApi: AsyncApiDocument | undefined;
  readonly masker: Masker;
  /** How long events are kept, in milliseconds. */
  readonly eventRetentionMs: number;
  /** An event that is older and not finished is a fault, in milliseconds. */
  readonly unfinishedLimitMs: number;
  /** How far each group has read, as it was half a second ago at most. */
  readonly positions: () => Promise<readonly GroupPosition[]>;
}

/** Shows what a role may see: an owner everything, anybody else without personal data. */
export function maskerFor({ masker }: AdminContext, { role }: Identity): Masker {
  return role === 'owner' ? unmasked : masker;
}

const unmasked: Masker = { data: (_type, data) => data, envelope: (envelope) => envelope };
