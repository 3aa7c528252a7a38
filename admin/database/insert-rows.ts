import { getTableColumns, type InferSelectModel, type SQL, sql } from 'drizzle-orm';
import type { PgTable } from 'drizzle-orm/pg-core';
import type { Db } from './database.js';

/**
 * Inserts rows with one parameter: their JSON, which the database parses. With one parameter for each value it takes four
 * times as long, mostly in this process.
 * @param onConflict The statement after `ON CONFLICT`.
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

/** `DO UPDATE` that replaces every column by that of the row that was to be inserted. */
export function updateFrom(table: PgTable): SQL {
  const columns = Object.values(getTableColumns(table)).map(({ name }) => {
    const column = sql.identifier(name);
    return sql`${column} = excluded.${column}`;
  });
  return sql`DO UPDATE SET ${sql.join(columns, sql`, `)}`;
}
