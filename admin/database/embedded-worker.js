// The embedded database in a worker thread, so that its queries do not block the thread that answers requests. The file is
// JavaScript, so that Node can also start it from the sources.
import { parentPort, workerData } from 'node:worker_threads';
import { PGlite, types } from '@electric-sql/pglite';
import { pg_trgm } from '@electric-sql/pglite/contrib/pg_trgm';

/**
 * @typedef {{ id: number, sql: string, params?: unknown[], rowMode?: 'array' | 'object' }} Request A query; without `params` a
 *   script of several statements.
 */

/** @param {string} value */
const asText = (value) => value;

/** The parsers that Drizzle uses: times and intervals stay strings. Drizzle's own are functions, which cannot be posted. */
const parsers = Object.fromEntries(
  [types.TIMESTAMP, types.TIMESTAMPTZ, types.INTERVAL, types.DATE, 1231, 1115, 1185, 1187, 1182].map((type) => [
    type,
    asText,
  ]),
);

const port = parentPort;
if (port === null) throw new Error('this module runs as a worker thread');
const database = await PGlite.create({ dataDir: workerData.dataDir, extensions: { pg_trgm }, relaxedDurability: true });

port.on('message', async (/** @type {Request | 'close'} */ request) => {
  if (request === 'close') {
    await database.close();
    process.exit();
  }
  const { id, sql, params, rowMode = 'object' } = request;
  try {
    if (params === undefined) {
      await database.exec(sql);
      port.postMessage({ id, result: { rows: [], fields: [] } });
      return;
    }
    const { rows, fields, affectedRows } = await database.query(sql, params, { rowMode, parsers });
    port.postMessage({ id, result: { rows, fields, affectedRows } });
  } catch (error) {
    // Posting an error would keep only its message.
    const { message, code, severity } = /** @type {{ message?: string, code?: string, severity?: string }} */ (error);
    port.postMessage({ id, error: { message: message ?? String(error), code, severity } });
  }
});
port.postMessage('open');
