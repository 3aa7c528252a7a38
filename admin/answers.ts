import type { DeadLetter as RuntimeDeadLetter } from '@hyvve-events/runtime';
import type { Static } from 'typebox';
import type { ErrorAnswer as ErrorSchema } from './http/schemas.js';
import type { AuditPage as AuditPageSchema } from './routes/audit/audit.js';
import type { AuditEntry as AuditEntrySchema } from './routes/audit/audit-answers.js';
import type { BulkJobAnswer } from './routes/dead-letters/bulk-changes.js';
import type { Retried as RetriedSchema } from './routes/dead-letters/change-dead-letters.js';
import type {
  DeadLetterWhole,
  ErrorGroupAnswer,
  DeadLetterSummary as SummarySchema,
} from './routes/dead-letters/dead-letter-answers.js';
import type {
  DeadLetterPage as DeadLetterPageSchema,
  ErrorGroupPage as ErrorGroupPageSchema,
} from './routes/dead-letters/read-dead-letters.js';
import type { PublishedEvent as PublishedSchema } from './routes/development/publish-events.js';
import type { AttemptAnswer, EventSummary as EventSummarySchema } from './routes/events/event-answers.js';
import type { EventPage as EventPageSchema, WholeEvent as WholeEventSchema } from './routes/events/events.js';
import type { Trace as TraceSchema } from './routes/events/traces.js';
import type {
  LiveMessage as AnyLiveMessage,
  PassingEvent as EventInStream,
  LiveMessages as MessagesByName,
} from './routes/live/live-messages.js';
import type { DiscardedAnswer, ParkedAnswer, ParkedPage as ParkedPageSchema } from './routes/parked/parked.js';
import type { CountAnswer, ReplayAnswer, ReplayPage as ReplayPageSchema } from './routes/replays/replays.js';
import type { Consumers as ConsumersSchema } from './routes/service/consumers.js';
import type { SignedInUser as SignedInUserSchema } from './routes/service/identity.js';
import type { ClusterAnswer } from './routes/statistics/cluster-answers.js';
import type { GroupAnswer, SeriesPage, StatsAnswer } from './routes/statistics/statistics.js';
import type { VersionsAnswer, VersionsOfTypeAnswer } from './routes/versions/versions.js';

// The types of the routes' answers. The web app imports them, so that the compiler checks both sides.

/** `GET /admin/events/stats`, and each `stats` of the live stream. */
export type Stats = Static<typeof StatsAnswer>;
/** One group of {@link Stats}. */
export type GroupStats = Static<typeof GroupAnswer>;
/** `GET /admin/events/series` */
export type SeriesOverTime = Static<typeof SeriesPage>;
/** `GET /admin/cluster` */
export type Cluster = Static<typeof ClusterAnswer>;
/** `GET /admin/consumers` */
export type Consumers = Static<typeof ConsumersSchema>;
/** `POST /admin/development/events` */
export type PublishedByHand = Static<typeof PublishedSchema>;
/** `GET /admin/identity` */
export type SignedInUser = Static<typeof SignedInUserSchema>;
/** `GET /admin/events/dlq` */
export type DeadLetterPage = Static<typeof DeadLetterPageSchema>;
/** One of {@link DeadLetterPage}. */
export type DeadLetterSummary = Static<typeof SummarySchema>;
/** Why an event became a dead letter, by the runtime's name. */
export type DeadLetterReason = RuntimeDeadLetter['reason'];
/** `GET /admin/events/dlq/:eventId` */
export type DeadLetter = Static<typeof DeadLetterWhole>;
/** An entry of the transition log about an event. */
export type Attempt = Static<typeof AttemptAnswer>;
/** `GET /admin/events/dlq/error-groups` */
export type ErrorGroupPage = Static<typeof ErrorGroupPageSchema>;
/** One of {@link ErrorGroupPage}. */
export type ErrorGroup = Static<typeof ErrorGroupAnswer>;
/** `POST /admin/events/dlq/:eventId/retry` */
export type Retried = Static<typeof RetriedSchema>;
/** A bulk job. */
export type BulkJob = Static<typeof BulkJobAnswer>;
/** `GET /admin/events` */
export type EventPage = Static<typeof EventPageSchema>;
/** One of {@link EventPage}. */
export type EventSummary = Static<typeof EventSummarySchema>;
/** `GET /admin/events/:id` */
export type WholeEvent = Static<typeof WholeEventSchema>;
/** `GET /admin/traces/:correlationId` */
export type Trace = Static<typeof TraceSchema>;
/** `POST /admin/events/replay` with `dryRun` */
export type ReplayCount = Static<typeof CountAnswer>;
/** `GET /admin/events/replay` */
export type ReplayPage = Static<typeof ReplayPageSchema>;
/** One of {@link ReplayPage}. */
export type Replay = Static<typeof ReplayAnswer>;
/** `GET /admin/events/parked` */
export type ParkedPage = Static<typeof ParkedPageSchema>;
/** One of {@link ParkedPage}. */
export type Parked = Static<typeof ParkedAnswer>;
/** `POST /admin/events/parked/discard` */
export type DiscardedParked = Static<typeof DiscardedAnswer>;
/** `GET /admin/events/versions` */
export type VersionsOfEvents = Static<typeof VersionsAnswer>;
/** `GET /admin/events/versions/:type` */
export type VersionsOfType = Static<typeof VersionsOfTypeAnswer>;
/** `GET /admin/audit` */
export type AuditPage = Static<typeof AuditPageSchema>;
/** One of {@link AuditPage}. */
export type AuditEntry = Static<typeof AuditEntrySchema>;
/** A message of `GET /admin/events/live`. */
export type LiveMessage = AnyLiveMessage;
/** The data of each message, by message name. */
export type LiveMessages = MessagesByName;
/** An event of the live stream. */
export type PassingEvent = EventInStream;
/** Every answer that is an error. */
export type ErrorAnswer = Static<typeof ErrorSchema>;
