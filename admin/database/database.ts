import { mkdir } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { drizzle as drizzlePostgres } from 'drizzle-orm/node-postgres';
import { migrate as migratePostgres } from 'drizzle-orm/node-postgres/migrator';
import type { PgDatabase, PgQueryResultHKT } from 'drizzle-orm/pg-core';
import { drizzle as drizzlePglite } from 'drizzle-orm/pglite';
import { migrate as migratePglite } from 'drizzle-orm/pglite/migrator';
import pg from 'pg';
import type { DatabaseTarget } from '../options.js';
import { EmbeddedDatabase } from './embedded-database.js';
import { lockFolder } from './folder-lock.js';
import { schemaName } from './tables.js';

/** Either database: PostgreSQL or the embedded one. */
export type Db = PgDatabase<PgQueryResultHKT>;

/** The index's database, open and migrated. */
export interface Database {
  readonly db: Db;
  readonly kind: 'embedded' | 'postgresql';
  close(): Promise<void>;
}

/** Time limit of a query, in milliseconds: a slow query must not delay others. */
const statementTimeoutMs = 10_000;
const connectTimeoutMs = 5_000;
const poolSize = 8;

const memory = 'memory://';

/**
 * Opens the database and brings its tables up to date.
 * @param onError Called for connections that break while they are idle.
 */
export function openDatabase(target: DatabaseTarget, onError: (error: Error) => void): Promise<Database> {
  return 'url' in target ? openPostgres(target.url, onError) : openEmbedded(target.folder);
}

async function openPostgres(connectionString: string, onError: (error: Error) => void): Promise<Database> {
  const pool = new pg.Pool({
    // The queries are short: starting parallel workers would take longer than the query.
    options: '-c max_parallel_workers_per_gather=0',
    connectionString,
    max: poolSize,
    connectionTimeoutMillis: connectTimeoutMs,
    application_name: 'hyvve-events-admin',
    statement_timeout: statementTimeoutMs,
    query_timeout: statementTimeoutMs + 2_000,
    keepAlive: true,
  });
  pool.on('error', onError);
  try {
    await migrateAll(connectionString);
    return { db: drizzlePostgres(pool), kind: 'postgresql', close: () => pool.end() };
  } catch (error) {
    await pool.end();
    throw error;
  }
}

/** Uses a separate connection without the time limit of queries: creating an index of a large table may take long. */
async function migrateAll(connectionString: string): Promise<void> {
  const client = new pg.Client({
    connectionString,
    connectionTimeoutMillis: connectTimeoutMs,
    keepAlive: true,
    application_name: 'hyvve-events-admin migrations',
  });
  // A broken connection is reported by the query that it interrupts.
  client.on('error', () => undefined);
  await client.connect();
  try {
    await migratePostgres(drizzlePostgres(client), migrations());
  } finally {
    await client.end();
  }
}

async function openEmbedded(folder: string): Promise<Database> {
  const isOnDisk = !folder.startsWith(memory);
  if (isOnDisk) await mkdir(folder, { recursive: true });
  // Two processes that use the same folder would corrupt it.
  const unlock = isOnDisk ? await lockFolder(folder) : async () => undefined;
  try {
    const embedded = await EmbeddedDatabase.open(isOnDisk ? join(folder, 'index') : folder);
    const db = drizzlePglite(embedded.client);
    await migratePglite(db, migrations());
    const close = async () => {
      await embedded.close();
      await unlock();
    };
    return { db, kind: 'embedded', close };
  } catch (error) {
    await unlock();
    throw error;
  }
}

/** The migrations: found next to package.json, since the sources and the build have different folders. */
function migrations() {
  const packageFile = createRequire(import.meta.url).resolve('@hyvve-events/admin/package.json');
  const migrationsFolder = join(dirname(packageFile), 'migrations');
  return { migrationsFolder, migrationsSchema: schemaName, migrationsTable: 'migrations' };
}
