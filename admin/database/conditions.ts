import { type SQL, sql } from 'drizzle-orm';
import type { PgColumn } from 'drizzle-orm/pg-core';
import type { Position } from './positions.js';

/** Whether a pair of columns is one of the positions. */
export function isOneOf(ms: PgColumn, seq: PgColumn, positions: readonly Position[]): SQL {
  const pairs = positions.map((position) => sql`(${position.ms}::bigint, ${position.seq}::bigint)`);
  return sql`(${ms}, ${seq}) IN (${sql.join(pairs, sql`, `)})`;
}
