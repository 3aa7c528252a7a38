import {
  EventBusError,
  type EventVersions,
  type ParkedVersion,
  type PublishedVersion,
  type VersionCount,
  type VersionPublisher,
  type VersionReader,
  type VersionRegistry,
  type VersionScan,
} from '@hyvve-events/runtime';
import { Type } from 'typebox';
import type { AdminContext } from '../../context.js';
import { cursorInvalid } from '../../errors.js';
import { errorAnswers, Name, type SchemasOf } from '../../http/schemas.js';
import type { Scope } from '../../http/scope.js';
import { present } from '../../support/present.js';

const Major = Type.Union([Type.Integer(), Type.Literal('unknown')]);

const Reader = Type.Object({
  group: Type.String(),
  consumer: Type.String({ description: 'Name of the process in the group' }),
  host: Type.String(),
  pid: Type.Integer(),
  catalogHash: Type.Optional(Type.String()),
  version: Type.Optional(
    Type.String({
      description: 'Version in its SDK; absent if the process has an earlier runtime, which does not say it',
    }),
  ),
  older: Type.Array(Type.Integer(), { description: 'Older major versions that it converts' }),
  sinceHeartbeatMs: Type.Number(),
  alive: Type.Boolean({ description: 'Whether its last heartbeat is recent' }),
} satisfies SchemasOf<VersionReader>);

const Publisher = Type.Object({
  service: Type.String(),
  publisher: Type.String({ description: 'Name of the process' }),
  host: Type.String(),
  pid: Type.Integer(),
  catalogHash: Type.Optional(Type.String()),
  version: Type.String(),
  sinceHeartbeatMs: Type.Number(),
  alive: Type.Boolean({ description: 'Whether its last heartbeat is recent' }),
} satisfies SchemasOf<VersionPublisher>);

const VersionsOfEvent = Type.Object({
  type: Type.String(),
  readers: Type.Array(Reader),
  publishers: Type.Array(Publisher),
  published: Type.Array(
    Type.Object({
      service: Type.String(),
      version: Type.String(),
      lastAt: Type.String(),
    } satisfies SchemasOf<PublishedVersion>),
    { description: 'When a service has last published a version, in the last 30 days' },
  ),
  lastDay: Type.Array(Type.Object({ major: Major, count: Type.Integer() }), {
    description: 'Events of the last 24 complete hours and the current hour, of all publishers',
  }),
  parked: Type.Array(
    Type.Object({
      group: Type.String(),
      version: Type.String(),
      count: Type.Integer(),
    } satisfies SchemasOf<ParkedVersion>),
    { description: 'Deliveries that wait for a build that knows the version' },
  ),
} satisfies SchemasOf<EventVersions>);

const registryFields = {
  at: Type.String(),
  uncounted: Type.Union([Type.Integer(), Type.Literal('unknown')], {
    description:
      'Events of the last day that are in no `lastDay`: a process with an earlier runtime has counted them. `unknown` if there was no time to count all events; a later request continues',
  }),
  unlistedAt: Type.Optional(
    Type.String({ description: 'When a version was published for which `published` had no room' }),
  ),
};

/** Answer of `GET /admin/events/versions`. */
export const VersionsAnswer = Type.Object({
  ...registryFields,
  events: Type.Array(VersionsOfEvent),
} satisfies SchemasOf<VersionRegistry>);

const Scan = Type.Object(
  {
    found: Type.Array(
      Type.Object({
        type: Type.String(),
        major: Major,
        place: Type.Enum(['stream', 'replayable', 'unfinished', 'replay', 'retry', 'dead-letter']),
        group: Type.Optional(Type.String()),
        retired: Type.Optional(Type.Boolean({ description: 'Whether an operator has retired the group' })),
        count: Type.Integer(),
        lastAt: Type.Optional(Type.String()),
      } satisfies SchemasOf<VersionCount>),
    ),
    cursor: Type.Optional(Type.String({ description: 'Continues the scan; absent when it is complete' })),
    scanned: Type.Integer({ description: 'Entries, retries and dead letters that were read so far' }),
    total: Type.Integer({ description: 'Number of all entries, retries and dead letters' }),
  } satisfies SchemasOf<VersionScan>,
  { description: 'One part of the scan; add up the counts of all parts' },
);

/** Answer of `GET /admin/events/versions/:type`. */
export const VersionsOfTypeAnswer = Type.Object({ ...registryFields, event: VersionsOfEvent, stored: Scan });

/** Query of `GET /admin/events/versions/:type`. */
export const VersionsOfTypeQuery = Type.Object(
  {
    cursor: Type.Optional(
      Type.String({ minLength: 1, maxLength: 1_000, description: '`stored.cursor` of the previous answer' }),
    ),
  },
  { additionalProperties: false },
);

/** Time after which an answer has a part of the scan, in milliseconds. */
const scanMs = 1_500;

/** Who reads and publishes which versions, and what is stored of them, over all tenants. */
export function versionRoutes(app: Scope, { operator }: AdminContext): void {
  const { versions } = operator;
  const tags = ['registry'];
  const scanInTurn = oneAtATime((type: string, cursor: string | undefined) =>
    versions.scan({ type, limitMs: scanMs, ...(cursor === undefined ? {} : { cursor }) }),
  );

  app.get(
    '/admin/events/versions',
    {
      schema: {
        tags,
        summary: 'Who reads and publishes which versions of each event type',
        response: { 200: VersionsAnswer, ...errorAnswers },
      },
    },
    async () => {
      const { events, ...registry } = await versions.registry();
      return { ...present(registry), events: events.map(eventAnswer) };
    },
  );

  app.get(
    '/admin/events/versions/:type',
    {
      schema: {
        tags,
        summary: 'The same for one event type, and what is stored of each major version, in parts',
        params: Type.Object({ type: Name('Event type') }),
        querystring: VersionsOfTypeQuery,
        response: { 200: VersionsOfTypeAnswer, ...errorAnswers },
      },
    },
    async (request) => {
      const { type } = request.params;
      const { events, ...registry } = await versions.registry();
      const none: EventVersions = { type, readers: [], publishers: [], published: [], lastDay: [], parked: [] };
      const event = events.find((each) => each.type === type) ?? none;
      try {
        const scan = await scanInTurn(type, request.query.cursor);
        return {
          ...present(registry),
          event: eventAnswer(event),
          stored: present({ ...scan, found: [...scan.found] }),
        };
      } catch (cause) {
        if (cause instanceof EventBusError && cause.code === 'CONFIG_INVALID') throw cursorInvalid(cause);
        throw cause;
      }
    },
  );
}

function eventAnswer({ readers, ...event }: EventVersions) {
  const { publishers, published, lastDay, parked } = event;
  return {
    ...event,
    readers: readers.map((reader) => present({ ...reader, older: [...reader.older] })),
    publishers: [...publishers],
    published: [...published],
    lastDay: [...lastDay],
    parked: [...parked],
  };
}

/** Calls wait for the calls before them: concurrent scans would use a larger part of Redis's time. */
function oneAtATime<Args extends readonly unknown[], Result>(
  call: (...args: Args) => Promise<Result>,
): (...args: Args) => Promise<Result> {
  let last: Promise<unknown> = Promise.resolve();
  return (...args) => {
    const next = last.then(() => call(...args));
    last = next.catch(() => undefined);
    return next;
  };
}
