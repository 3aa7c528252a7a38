import { getTableColumns, type InferSelectModel, type SQL, sql } from 'drizzle-orm';
import type { PgTable } from 'drizzle-orm/pg-core';
import type { Db } from './database.js';

/**
 * Inserts rows as one JSON parameter, which the database parses: four times as fast as one parameter for each value.
 * @param onConflict SQL after `ON CONFLICT`. Default `DO NOTHING`.
 */
export async function insertRows<Table extends PgTable>(
  db: Db,
  table: Table,
  rows: readonly InferSelectModel<Table>[],
  onConflict: SQL = sql`DO NOTHING`,
): Promise<void> {
  if (rows.length === 0) return;
  const columns = Object.entries(getTableColumns(table));
  const named = rows.map((row) => {
    const values = row as Readonly<Record<string, unknown>>;
    return Object.fromEntries(columns.map(([key, column]) => [column.name, values[key]]));
  });
  await db.execute(
    sql`INSERT INTO ${table} SELECT * FROM json_populate_recordset(NULL::${table}, ${JSON.stringify(named)}::json) ON CONFLICT ${onConflict}`,
  );
}

/** `DO UPDATE` that replaces every column by the new row's. */
export function updateFrom(table: PgTable): SQL {
  const columns = Object.values(getTableColumns(table)).map(({ name }) => {
    const column = sql.identifier(name);
    return sql`${column} = excluded.${column}`;
  });
  return sql`DO UPDATE SET ${sql.join(columns, sql`, `)}`;
}
