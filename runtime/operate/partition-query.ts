import type { OptionTable } from '../options.js';
import { partitionIndex } from './call-arguments.js';

/** Selects a partition. */
export interface PartitionQuery {
  /** Index of the partition. Default: all partitions. */
  readonly partition?: number;
}

/** The fields of a {@link PartitionQuery}. */
export const partitionFields: OptionTable<PartitionQuery> = { partition: { check: partitionIndex } };
