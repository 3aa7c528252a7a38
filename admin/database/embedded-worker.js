// The embedded database, in a thread of its own: what it computes never holds up the process that answers requests. JavaScript,
// so that Node starts it from the sources too.
import { parentPort, workerData } from 'node:worker_threads';
import { PGlite, types } from '@electric-sql/pglite';
import { pg_trgm } from '@electric-sql/pglite/contrib/pg_trgm';

/**
 * @typedef {{ id: number, sql: string, params?: unknown[], rowMode?: 'array' | 'object' }} Request A query; without `params` a
 *   script of several statements.
 */

/** @param {string} value */
const asText = (value) => value;

/** As Drizzle has them, which sends its own as functions: times and intervals stay texts. */
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
    // A clone of an error keeps its message alone.
    const { message, code, severity } = /** @type {{ message?: string, code?: string, severity?: string }} */ (error);
    port.postMessage({ id, error: { message: message ?? String(error), code, severity } });
  }
});
port.postMessage('open');
