import { afterAll, beforeAll } from 'vitest';
import { type PrivatePostgres, startPostgres } from '../../../scripts/postgres-server.js';

/** A PostgreSQL for one test file, started before its tests and stopped after them. */
export function usePostgres(): { readonly server: PrivatePostgres } {
  let server: PrivatePostgres | undefined;
  beforeAll(async () => {
    server = await startPostgres();
  });
  afterAll(async () => {
    await server?.stop();
  });
  return {
    get server() {
      if (server === undefined) throw new Error('the private PostgreSQL has not started');
      return server;
    },
  };
}
