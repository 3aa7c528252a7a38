import { getTableColumns, type InferInsertModel, type SQL, sql } from 'drizzle-orm';
import type { PgTable } from 'drizzle-orm/pg-core';
import type { Db } from './database.js';

/**
 * Inserts rows with one parameter: their JSON, which the database takes apart. A parameter a value takes four times as
 * long, most of it in this process.
 * @param onConflict What follows `ON CONFLICT`.
 */
export async function insertRows<Table extends PgTable>(
  db: Db,
  table: Table,
  rows: readonly InferInsertModel<Table>[],
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
