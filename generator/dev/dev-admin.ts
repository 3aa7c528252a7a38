import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { AdminApp } from '@hyvve-events/admin';
import type { EventModel } from '../model/event-model.js';
import { createSampler } from '../sample/sampler.js';
import { readText } from '../source/read-text.js';
import { Cache } from '../support/cache.js';
import { commandError, type GeneratorError } from '../support/errors.js';
import { loadOptional } from '../support/optional-package.js';
import { CompiledValidators } from '../validators/compile-validators.js';
import { createSchemaChecks } from '../validators/schema-checks.js';
import { portProblem } from './ports.js';

export interface DevAdminOptions {
  readonly redis: string;
  readonly prefix: string | undefined;
  readonly port: number;
}

/** Paths of the catalog's files. */
export interface DevCatalog {
  readonly catalogFile: string;
  readonly asyncApiFile: string;
}

/** The admin service in this process. */
export interface DevAdmin {
  readonly address: string;
  /** Signs in; valid until the process ends. */
  readonly token: string;
  /**
   * Starts the service, or starts it again if `catalog.json` has changed. Calls run one after another.
   * @throws GeneratorError `USAGE` if the port cannot be used
   */
  show(catalog: DevCatalog): Promise<void>;
  close(): Promise<void>;
}

const host = '127.0.0.1';
const lifetime = '24h';
const indexMs = 60_000;

/**
 * Loads the admin service, which starts with the first catalog.
 * @throws GeneratorError `PACKAGE_MISSING`, and `USAGE` if the port cannot be used
 */
export async function createDevAdmin({ redis, prefix, port }: DevAdminOptions): Promise<DevAdmin> {
  const problem = await portProblem(port);
  if (problem !== undefined) throw portUnusable(port, problem);
  const { buildApp, signToken } = await loadAdmin();
  const secret = randomBytes(48).toString('base64url');
  const token = await signToken(secret, { sub: 'dev', role: 'owner' }, lifetime);
  let running: { readonly app: AdminApp; readonly json: string } | undefined;
  let previous: Promise<void> = Promise.resolve();
  let isClosed = false;
  const start = async ({ catalogFile, asyncApiFile }: DevCatalog) => {
    const text = readText(catalogFile);
    const json = typeof text === 'string' ? text : '';
    if (isClosed || running?.json === json) return;
    const options = prefix === undefined ? { redis } : { redis, prefix };
    const app = await buildApp({
      ...options,
      keys: { secret },
      database: { folder: 'memory://' },
      catalogFile,
      asyncApiFile,
      publicDocs: true,
      logLevel: 'error',
      development: { sample: samplerOf(JSON.parse(json) as EventModel) },
    });
    try {
      await indexed(app, token);
      await running?.app.close();
      await app.listen({ host, port });
    } catch (error) {
      await app.close();
      throw isOfListening(error) ? portUnusable(port, error.message) : error;
    }
    running = { app, json };
  };
  return {
    address: `http://${host}:${port}`,
    token,
    show: (catalog) => {
      previous = previous.then(() => start(catalog));
      return previous;
    },
    close: async () => {
      isClosed = true;
      await previous.catch(() => undefined);
      await running?.app.close();
    },
  };
}

function loadAdmin(): Promise<typeof import('@hyvve-events/admin')> {
  const name = '@hyvve-events/admin';
  return loadOptional({ command: 'dev', name, load: () => import('@hyvve-events/admin') });
}

function samplerOf(model: EventModel): (type: string, seed: number) => unknown {
  const cache = new Cache();
  const { validatorOf } = createSchemaChecks(new CompiledValidators(model, cache));
  const { sample } = createSampler(model, validatorOf, cache);
  const byType = new Map(model.events.map((event) => [event.type, event]));
  return (type, seed) => {
    const event = byType.get(type);
    return event === undefined ? undefined : sample(event, seed);
  };
}

/** Waits until the index answers, so that the first page is complete; at most {@link indexMs}, for example without Redis. */
async function indexed(app: AdminApp, token: string): Promise<void> {
  const headers = { authorization: `Bearer ${token}` };
  for (let waited = 0; waited < indexMs; waited += 100) {
    const { statusCode } = await app.inject({ url: '/admin/events?limit=1', headers });
    if (statusCode === 200) return;
    await sleep(100);
  }
}

function isOfListening(error: unknown): error is Error {
  return error instanceof Error && 'syscall' in error && error.syscall === 'listen';
}

function portUnusable(port: number, why: string): GeneratorError {
  const message = `the admin service cannot use port ${port}: ${why}`;
  return commandError('dev', { code: 'USAGE', message, hint: 'choose another one with --port' });
}
