import { and, eq, gte, lte, type SQL, sql } from 'drizzle-orm';
import type { PgColumn } from 'drizzle-orm/pg-core';
import type { Position } from './positions.js';

/** A table whose rows are in the order of positions. */
interface Positioned {
  readonly ms: PgColumn;
  readonly seq: PgColumn;
  readonly part: PgColumn;
}

/** Columns with the given values; undefined values are ignored. */
export function equals<Values extends { readonly [Name in keyof Values]?: string | undefined }>(
  table: { readonly [Name in keyof Values]-?: PgColumn },
  values: Values,
): SQL | undefined {
  const names = Object.keys(values) as (keyof Values)[];
  return and(...names.map((name) => (values[name] === undefined ? undefined : eq(table[name], values[name]))));
}

/** Rows of a time range, both ends inclusive; an undefined end is ignored. */
export function within(
  { ms }: Positioned,
  { from, to }: { readonly from?: Date | undefined; readonly to?: Date | undefined },
): SQL | undefined {
  return and(
    from === undefined ? undefined : gte(ms, from.getTime()),
    to === undefined ? undefined : lte(ms, to.getTime()),
  );
}

/** Rows before a position: the next page of a list that is sorted newest first. */
export function before({ ms, seq, part }: Positioned, position: Position | undefined): SQL | undefined {
  return position === undefined ? undefined : sql`(${ms}, ${seq}, ${part}) < ${valuesOf(position)}`;
}

/** Rows after a position in its partition. */
export function after({ ms, seq, part }: Positioned, position: Position): SQL {
  const isLater = sql`(${ms}, ${seq}) > (${position.ms}::bigint, ${position.seq}::bigint)`;
  return sql`(${isLater} AND ${part} = ${position.part}::smallint)`;
}

/** Rows at one of the positions. */
export function isOneOf({ ms, seq, part }: Positioned, positions: readonly Position[]): SQL {
  return sql`(${ms}, ${seq}, ${part}) IN (${sql.join(positions.map(valuesOf), sql`, `)})`;
}

function valuesOf({ ms, seq, part }: Position): SQL {
  return sql`(${ms}::bigint, ${seq}::bigint, ${part}::smallint)`;
}
