import type {
  CatalogFile,
  ChangesFile,
  JsonSchema,
  JsonValue,
  ModelsFile,
  UsagesFile,
} from '@hyvve-events/catalog-model';
import type { Static, TSchema } from 'typebox';
import type {
  AuditPage,
  BulkJob,
  Cluster,
  Consumers,
  DeadLetter,
  DeadLetterPage,
  DiscardedParked,
  ErrorGroupPage,
  EventPage,
  ParkedPage,
  PublishedByHand,
  Replay,
  ReplayCount,
  ReplayPage,
  Retried,
  SeriesOverTime,
  SignedInUser,
  Stats,
  Trace,
  VersionsOfEvents,
  VersionsOfType,
  WholeEvent,
} from './answers.js';
import type { AuditQuery } from './routes/audit/audit.js';
import type { BulkBody, BulkCount, BulkJobs, BulkJobsQuery } from './routes/dead-letters/bulk-changes.js';
import type { Discarded, RetryBody } from './routes/dead-letters/change-dead-letters.js';
import type { DeadLetterQuery, ErrorGroupQuery } from './routes/dead-letters/read-dead-letters.js';
import type { PublishBody, Sample, SampleQuery } from './routes/development/publish-events.js';
import type { EventQuery } from './routes/events/events.js';
import type { LiveQuery } from './routes/live/live.js';
import type { DiscardBody, DiscardedOne, ParkedPageQuery } from './routes/parked/parked.js';
import type { ReplayBody, ReplayQuery } from './routes/replays/replays.js';
import type { ConsumersQuery, Retired } from './routes/service/consumers.js';
import type { Probe } from './routes/service/probes.js';
import type { Health } from './routes/statistics/event-health.js';
import type { SeriesQuery } from './routes/statistics/statistics.js';
import type { VersionsOfTypeQuery } from './routes/versions/versions.js';
import type { DocsFile } from './web/shared/docs-file.js';

/**
 * Every route by method and path, with the types of its request and answer. The types are derived from the schemas of the
 * routes.
 *
 * `answer` is JSON, `text` is another format. `dryRun` is the answer to a body with `dryRun: true`.
 */
export interface Endpoints {
  'GET /health/live': { answer: Static<typeof Probe> };
  'GET /health/ready': { answer: Static<typeof Probe> };
  'GET /health/events': { answer: Static<typeof Health> };
  'GET /metrics': { text: string };

  'GET /catalog.json': { answer: CatalogFile };
  'GET /changes.json': { answer: ChangesFile };
  'GET /usages.json': { answer: UsagesFile };
  'GET /models/:file': { answer: ModelsFile };
  'GET /docs.json': { answer: DocsFile };
  'GET /schemas.json': { answer: Readonly<Record<string, JsonSchema>> };
  'GET /asyncapi.json': { answer: JsonValue };
  'GET /asyncapi.yaml': { text: string };
  'GET /llms.txt': { text: string };
  'GET /md/*': { text: string };

  'GET /admin/identity': { answer: SignedInUser };
  'GET /admin/development/samples/:type': { query: QueryOf<typeof SampleQuery>; answer: Static<typeof Sample> };
  'POST /admin/development/events': { body: BodyOf<typeof PublishBody>; answer: PublishedByHand };
  'GET /admin/consumers': { query: QueryOf<typeof ConsumersQuery>; answer: Consumers };
  'POST /admin/groups/:group/retire': { answer: Static<typeof Retired> };

  'GET /admin/cluster': { answer: Cluster };
  'GET /admin/events/stats': { answer: Stats };
  'GET /admin/events/series': { query: QueryOf<typeof SeriesQuery>; answer: SeriesOverTime };
  'GET /admin/events/live': { query: QueryOf<typeof LiveQuery>; text: string };

  'GET /admin/events/versions': { answer: VersionsOfEvents };
  'GET /admin/events/versions/:type': { query: QueryOf<typeof VersionsOfTypeQuery>; answer: VersionsOfType };

  'GET /admin/events': { query: QueryOf<typeof EventQuery>; answer: EventPage };
  'GET /admin/events/:id': { answer: WholeEvent };
  'GET /admin/traces/:correlationId': { answer: Trace };

  'GET /admin/events/dlq': { query: QueryOf<typeof DeadLetterQuery>; answer: DeadLetterPage };
  'GET /admin/events/dlq/error-groups': { query: QueryOf<typeof ErrorGroupQuery>; answer: ErrorGroupPage };
  'GET /admin/events/dlq/:eventId': { answer: DeadLetter };
  'POST /admin/events/dlq/:eventId/retry': { body: BodyOf<typeof RetryBody>; answer: Retried };
  'DELETE /admin/events/dlq/:eventId': { answer: Static<typeof Discarded> };
  'POST /admin/events/dlq/bulk': { body: BodyOf<typeof BulkBody>; answer: BulkJob; dryRun: Static<typeof BulkCount> };
  'GET /admin/events/dlq/bulk': { query: QueryOf<typeof BulkJobsQuery>; answer: Static<typeof BulkJobs> };
  'GET /admin/events/dlq/bulk/:jobId': { answer: BulkJob };
  'POST /admin/events/dlq/bulk/:jobId/cancel': { answer: BulkJob };

  'GET /admin/events/parked': { query: QueryOf<typeof ParkedPageQuery>; answer: ParkedPage };
  'DELETE /admin/events/parked/:id': { answer: Static<typeof DiscardedOne> };
  'POST /admin/events/parked/discard': { body: BodyOf<typeof DiscardBody>; answer: DiscardedParked };

  'POST /admin/events/replay': { body: BodyOf<typeof ReplayBody>; answer: Replay; dryRun: ReplayCount };
  'GET /admin/events/replay': { query: QueryOf<typeof ReplayQuery>; answer: ReplayPage };
  'GET /admin/events/replay/:jobId': { answer: Replay };
  'POST /admin/events/replay/:jobId/cancel': { answer: Replay };
  'POST /admin/events/replay/:jobId/resume': { answer: Replay };

  'GET /admin/audit': { query: QueryOf<typeof AuditQuery>; answer: AuditPage };
}

/** A body as a caller may pass it: lists may be readonly. */
type BodyOf<Schema extends TSchema> = Frozen<Static<Schema>>;

type Frozen<Value> = Value extends readonly (infer Item)[]
  ? readonly Frozen<Item>[]
  : Value extends object
    ? { readonly [Name in keyof Value]: Frozen<Value[Name]> }
    : Value;

/** Parameters with a default. */
type Defaulted = 'limit' | 'page';

/** A query as a caller may pass it. Enums are plain strings: the values come from the page's address, and the service checks them. */
type QueryOf<Schema extends TSchema> = Texts<Omit<Static<Schema>, Defaulted>> &
  Texts<Partial<Pick<Static<Schema>, Defaulted & keyof Static<Schema>>>>;

type Texts<Query> = {
  readonly [Name in keyof Query]: Text<Query[Name]> | (IsOptional<Query, Name> extends true ? undefined : never);
};

type Text<Value> = Value extends string ? string : Value;

type IsOptional<Query, Name extends keyof Query> = Partial<Pick<Query, Name>> extends Pick<Query, Name> ? true : false;
