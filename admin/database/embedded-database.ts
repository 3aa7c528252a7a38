import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { PGlite, QueryOptions, Results } from '@electric-sql/pglite';
import { present } from '../support/present.js';

/** A message from the worker thread: the database is open, or the result of a query. */
type Reply =
  | 'open'
  | { readonly id: number; readonly result: Results }
  | {
      readonly id: number;
      readonly error: { readonly message: string; readonly code?: string; readonly severity?: string };
    };

interface Waiting {
  readonly resolve: (result: Results) => void;
  readonly reject: (error: Error) => void;
}

/** An error that the database returned. */
export class EmbeddedDatabaseError extends Error {
  override readonly name = 'EmbeddedDatabaseError';
  /** Error code of PostgreSQL, for example `23505`. */
  readonly code: string | undefined;
  readonly severity: string | undefined;

  constructor({
    message,
    code,
    severity,
  }: { readonly message: string; readonly code?: string; readonly severity?: string }) {
    super(message);
    this.code = code;
    this.severity = severity;
  }
}

/** The part of PGlite that Drizzle uses, of a database in a worker thread. One query runs at a time, and one transaction. */
export class EmbeddedDatabase {
  readonly #worker: Worker;
  readonly #waiting = new Map<number, Waiting>();
  #last = 0;
  /** Resolves when the current user of the database has released it. */
  #turn: Promise<unknown> = Promise.resolve();
  #ended: Error | undefined;

  private constructor(worker: Worker) {
    this.#worker = worker;
    worker.on('message', (reply: Reply) => this.#settle(reply));
    worker.on('error', (error) => this.#end(error));
    worker.on('exit', () => this.#end(new Error('the embedded database has ended')));
  }

  /** @param dataDir A folder, or `memory://`. @throws Error if the database cannot be opened */
  static async open(dataDir: string): Promise<EmbeddedDatabase> {
    const worker = new Worker(new URL('./embedded-worker.js', import.meta.url), { workerData: { dataDir } });
    const opening = new AbortController();
    const failed = once(worker, 'error', { signal: opening.signal }).then(([error]) => {
      throw error;
    });
    failed.catch(() => undefined);
    await Promise.race([once(worker, 'message', { signal: opening.signal }), failed]);
    opening.abort();
    return new EmbeddedDatabase(worker);
  }

  /** Typed as Drizzle expects it: Drizzle calls only `query`, `exec` and `transaction`. */
  get client(): PGlite {
    return this as unknown as PGlite;
  }

  query(sql: string, params: unknown[] = [], options: Pick<QueryOptions, 'rowMode'> = {}): Promise<Results> {
    return this.#inTurn(() => this.#ask(present({ sql, params, rowMode: options.rowMode })));
  }

  exec(sql: string): Promise<Results> {
    return this.#inTurn(() => this.#ask({ sql }));
  }

  transaction<T>(run: (tx: Pick<EmbeddedDatabase, 'query' | 'exec'>) => Promise<T>): Promise<T> {
    return this.#inTurn(async () => {
      await this.#ask({ sql: 'BEGIN' });
      try {
        const result = await run({
          query: (sql, params = [], options = {}) => this.#ask(present({ sql, params, rowMode: options.rowMode })),
          exec: (sql) => this.#ask({ sql }),
        });
        await this.#ask({ sql: 'COMMIT' });
        return result;
      } catch (error) {
        await this.#ask({ sql: 'ROLLBACK' }).catch(() => undefined);
        throw error;
      }
    });
  }

  /** Waits for running queries, then stops the thread. */
  async close(): Promise<void> {
    if (this.#ended !== undefined) return;
    await this.#turn.catch(() => undefined);
    const ended = once(this.#worker, 'exit');
    this.#worker.postMessage('close');
    await ended;
  }

  #inTurn<T>(run: () => Promise<T>): Promise<T> {
    const result = this.#turn.then(run, run);
    this.#turn = result.catch(() => undefined);
    return result;
  }

  #ask(request: {
    readonly sql: string;
    readonly params?: unknown[];
    readonly rowMode?: 'array' | 'object';
  }): Promise<Results> {
    if (this.#ended !== undefined) return Promise.reject(this.#ended);
    this.#last += 1;
    const id = this.#last;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#worker.postMessage({ id, ...request });
    });
  }

  #settle(reply: Reply): void {
    if (reply === 'open') return;
    const waiting = this.#waiting.get(reply.id);
    this.#waiting.delete(reply.id);
    if ('error' in reply) waiting?.reject(new EmbeddedDatabaseError(reply.error));
    else waiting?.resolve(reply.result);
  }

  #end(error: Error): void {
    this.#ended ??= error;
    for (const { reject } of this.#waiting.values()) reject(this.#ended);
    this.#waiting.clear();
  }
}
