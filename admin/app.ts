import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { fastifyHelmet } from '@fastify/helmet';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import { createEventOperator } from '@hyvve-events/runtime';
import { type FastifyInstance, fastify } from 'fastify';
import { createVerifier } from './auth/tokens.js';
import { BulkRunner } from './bulk/bulk-runner.js';
import { bundleAsyncApi } from './catalog/async-api.js';
import { readCatalogFile } from './catalog/catalog.js';
import { eventDefinitions } from './catalog/definitions.js';
import { createMasker } from './catalog/personal-data.js';
import { createReceiver } from './catalog/received-event.js';
import { importSdk } from './catalog/sdk.js';
import { type AdminContext, maxPending } from './context.js';
import { openDatabase } from './database/database.js';
import { createDevelopment } from './development.js';
import { readCodeFiles } from './docs/code-files.js';
import { docsFiles } from './docs/docs-files.js';
import { findWebFolder } from './docs/web-folder.js';
import { answerError } from './http/answer-errors.js';
import { describeApi } from './http/describe-api.js';
import { hideFromTenants, requireToken } from './http/identity.js';
import { loggableError } from './http/loggable-error.js';
import { RequestLimits } from './http/request-limits.js';
import { trustedProxies } from './http/trusted-proxies.js';
import { acceptEmptyBodies, validateRequests } from './http/validation.js';
import { type AdminOptions, resolveAdminOptions, rethrowConfigInvalid } from './options.js';
import { Indexer } from './projection/indexer.js';
import { auditRoutes } from './routes/audit/audit.js';
import { bulkRoutes } from './routes/dead-letters/bulk-changes.js';
import { changeDeadLetterRoutes } from './routes/dead-letters/change-dead-letters.js';
import { deadLetterRoutes } from './routes/dead-letters/read-dead-letters.js';
import { developmentRoutes } from './routes/development/publish-events.js';
import { eventRoutes } from './routes/events/events.js';
import { traceRoutes } from './routes/events/traces.js';
import { liveRoutes } from './routes/live/live.js';
import { parkedRoutes } from './routes/parked/parked.js';
import { replayRoutes } from './routes/replays/replays.js';
import { catalogRoutes } from './routes/service/catalog.js';
import { registryRoutes } from './routes/service/consumers.js';
import { homeRoutes } from './routes/service/home.js';
import { identityRoutes } from './routes/service/identity.js';
import { metricsRoutes } from './routes/service/metrics.js';
import { probeRoutes } from './routes/service/probes.js';
import { docsRoutes, webRoutes } from './routes/service/web.js';
import { clusterRoutes } from './routes/statistics/cluster.js';
import { eventHealthRoutes } from './routes/statistics/event-health.js';
import { statsRoutes } from './routes/statistics/statistics.js';
import { versionRoutes } from './routes/versions/versions.js';
import { GroupPositions } from './search/group-positions.js';
import { cachedFor } from './support/cached.js';
import { present } from './support/present.js';

/** The service, before it listens. */
export type AdminApp = FastifyInstance;

/**
 * Creates the service. It connects to Redis and the database in the background; neither must be available yet. Listen with
 * `app.listen`, call it with `app.inject`, stop it with `app.close`.
 * @throws AdminError `CONFIG_INVALID` when an option is wrong or unknown, or the catalog cannot be read
 */
export async function buildApp(options: AdminOptions): Promise<AdminApp> {
  const settings = resolveAdminOptions(options);
  const catalog = await readCatalogFile(settings.catalogFile);
  const asyncApi = existsSync(settings.asyncApiFile) ? await bundleAsyncApi(settings.asyncApiFile) : undefined;
  const files = await docsFiles({
    code: await readCodeFiles(settings),
    catalog: catalog.json,
    catalogFile: settings.catalogFile,
    asyncApi,
    mode: 'service',
  });
  const web = findWebFolder();
  const app = fastify({
    logger:
      settings.logLevel === 'silent'
        ? false
        : {
            level: settings.logLevel,
            redact: ['req.headers.authorization'],
            serializers: { err: (error: unknown) => loggableError(error) },
          },
    trustProxy: trustedProxies(settings.trustProxy),
    bodyLimit: settings.maxBodyBytes,
    // The length of the longest id, that of a parked delivery.
    routerOptions: { maxParamLength: 4_000 },
    forceCloseConnections: true,
    // With an id from a header, a caller could imitate another request in the process log.
    requestIdHeader: false,
    genReqId: () => randomUUID(),
    requestTimeout: 30_000,
    frameworkErrors: (error, request, reply) => void limits.answerUnreadable(error, request, reply),
  }).withTypeProvider<TypeBoxTypeProvider>();
  const limits = new RequestLimits(app, settings.requestsPerMinute);
  const { redis, prefix } = settings;
  const bus = present({ prefix, logger: app.log, redis });
  const events = eventDefinitions(catalog, settings.sdk === undefined ? [] : await importSdk(settings.sdk));
  const { redisTimeoutMs: callTimeoutMs } = settings;
  const operator = rethrowConfigInvalid(() =>
    createEventOperator({ ...bus, events, callTimeoutMs, runReplays: false }),
  );
  // No call timeout: a replay continues after Redis was unavailable, while a request fails after a short time.
  const replayer = createEventOperator({ ...bus, runReplays: true });
  const open = () => openDatabase(settings.database, (err) => app.log.warn({ err }, 'a database connection broke'));
  const indexer = new Indexer({ operator, open, logger: app.log });
  const development =
    settings.development === undefined ? undefined : createDevelopment(settings.development, bus, events);
  const bulk = new BulkRunner(operator, indexer, app.log);
  const positions = new GroupPositions(operator.feed, maxPending);
  const context: AdminContext = {
    operator,
    indexer,
    bulk,
    catalog,
    asyncApi,
    masker: createMasker(catalog),
    receive: createReceiver(catalog, events),
    development,
    eventRetentionMs: settings.eventRetentionMs,
    unfinishedLimitMs: settings.unfinishedLimitMs,
    positions: cachedFor(500, () => positions.read()),
    positionsNow: () => positions.read(),
  };

  app.decorateRequest('identity', null);
  acceptEmptyBodies(app);
  validateRequests(app);
  app.setErrorHandler(answerError);
  await app.register(fastifyHelmet, { contentSecurityPolicy: { directives: contentSecurityPolicy }, hsts: false });
  const verify = createVerifier(settings);
  await limits.register(verify);
  await describeApi(app);
  await app.register(async (scope) => {
    if (web === undefined) homeRoutes(scope);
    else await limits.exempt(scope, (files) => webRoutes(files, web));
    probeRoutes(scope, context);
  });
  await app.register(async (scope) => {
    if (!settings.publicDocs) requireToken(scope, verify);
    catalogRoutes(scope, context);
    docsRoutes(scope, files);
  });
  await app.register(async (scope) => {
    requireToken(scope, verify);
    for (const routes of tenantRoutes) routes(scope, context);
    if (development !== undefined) developmentRoutes(scope, development, indexer);
    await scope.register(async (spanning) => {
      hideFromTenants(spanning);
      for (const routes of globalRoutes) routes(spanning, context);
    });
  });
  app.addHook('onClose', async () => {
    await bulk.close();
    await indexer.close();
    await Promise.all([operator.close(), replayer.close(), development?.close()]);
  });
  indexer.start();
  bulk.start();
  return app;
}

/** Routes that a token bound to a tenant may use, for its tenant. */
const tenantRoutes = [
  identityRoutes,
  eventRoutes,
  traceRoutes,
  deadLetterRoutes,
  changeDeadLetterRoutes,
  bulkRoutes,
  replayRoutes,
  auditRoutes,
  liveRoutes,
  parkedRoutes,
];

/** Routes whose answers cover all tenants. */
const globalRoutes = [statsRoutes, clusterRoutes, eventHealthRoutes, metricsRoutes, registryRoutes, versionRoutes];

/** Only content of the service itself, and no embedding in frames. */
const contentSecurityPolicy = {
  defaultSrc: ["'self'"],
  baseUri: ["'none'"],
  connectSrc: ["'self'"],
  fontSrc: ["'self'"],
  formAction: ["'self'"],
  frameAncestors: ["'none'"],
  imgSrc: ["'self'", 'data:'],
  objectSrc: ["'none'"],
  scriptSrc: ["'self'"],
  scriptSrcAttr: ["'none'"],
  // The component library and the API page set inline styles.
  styleSrc: ["'self'", "'unsafe-inline'"],
  upgradeInsecureRequests: null,
};
