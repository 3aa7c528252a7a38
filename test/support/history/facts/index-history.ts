import type {
  Fault,
  HistoryEnd,
  HistoryRecord,
  OperatorCall,
  ProcessEnd,
  ProcessStart,
  StreamEntry,
  Transition,
} from '../history.js';
import { type Deliveries, deliveriesOf, type Run, runsOf } from './deliveries.js';
import { groupBy } from './group-by.js';
import { comparePositions } from './positions.js';
import { type Publication, type PublishedEvent, publicationsOf, publishedEvents } from './publications.js';
import { Registrations } from './registrations.js';

/** A history with the indexes that the rules use. */
export interface History {
  /** In order of time. */
  readonly records: readonly HistoryRecord[];
  readonly end: HistoryEnd | undefined;
  readonly publications: readonly Publication[];
  readonly events: ReadonlyMap<string, PublishedEvent>;
  /** Edits by the id of the new event. */
  readonly edits: ReadonlyMap<string, OperatorCall>;
  readonly starts: ReadonlyMap<string, ProcessStart>;
  readonly ends: ReadonlyMap<string, ProcessEnd>;
  readonly registrations: Registrations;
  /** In the order of their starts. */
  readonly runs: readonly Run[];
  readonly deliveries: Deliveries;
  readonly faults: readonly Fault[];
  readonly operators: readonly OperatorCall[];
  /** In the order of the log. */
  readonly transitions: readonly Transition[];
  /** The lines `lost` of the log, and what they name: ranges, and single positions. */
  readonly losses: {
    readonly lines: readonly Transition[];
    readonly ranges: readonly NonNullable<Transition['lost']>[];
    readonly positions: ReadonlySet<string>;
    /** Lines of groups that have lost their state. */
    readonly forgotten: readonly Transition[];
  };
  /** Retired groups, and retired handlers as `<group>/<handler>`. */
  readonly retired: ReadonlySet<string>;
  /** The stream at the end, in its order. */
  readonly stream: readonly StreamEntry[];
  readonly streamAt: ReadonlyMap<string, StreamEntry>;
  /** The position of each event in the stream. */
  readonly positions: ReadonlyMap<string, string>;
  /** Whether the states of deliveries were recorded at the end. */
  readonly hasFinalStates: boolean;
}

/** Sorts the records of a history by time, and builds the indexes. */
export function indexHistory(unsorted: readonly HistoryRecord[]): History {
  const records = [...unsorted].sort((a, b) => a.at - b.at);
  const byKind = groupBy(records, ({ kind }) => kind);
  const of = <Kind extends HistoryRecord['kind']>(kind: Kind) =>
    (byKind.get(kind) ?? []) as Extract<HistoryRecord, { kind: Kind }>[];
  const publications = publicationsOf(records);
  const stream = of('stream').sort((a, b) => comparePositions(a.streamId, b.streamId));
  const streamAt = new Map(stream.map((entry) => [entry.streamId, entry]));
  const ends = new Map(of('process-end').map((end) => [end.process, end]));
  const runs = runsOf(records, ends);
  const acknowledgedAt = new Map<string, string>();
  for (const { acknowledged } of publications)
    if (acknowledged !== undefined) acknowledgedAt.set(acknowledged.streamId, acknowledged.eventId);
  const operators = of('operator');
  const transitions = of('transition').sort((a, b) => comparePositions(a.position, b.position));
  return {
    records,
    end: of('end').at(-1),
    publications,
    events: publishedEvents(publications, records),
    edits: new Map(operators.flatMap((call) => (call.newEventId === undefined ? [] : [[call.newEventId, call]]))),
    starts: new Map(of('process-start').map((start) => [start.process, start])),
    ends,
    registrations: new Registrations(records),
    runs,
    deliveries: deliveriesOf(records, runs, transitions, (at) => acknowledgedAt.get(at) ?? streamAt.get(at)?.eventId),
    faults: of('fault'),
    operators,
    transitions,
    losses: lossesOf(transitions),
    retired: new Set([
      ...operators.flatMap(({ action, group }) => (action === 'retire-group' && group !== undefined ? [group] : [])),
      ...transitions.flatMap(({ change, group, handler }) => {
        if (change === 'group-retired') return [group];
        return change === 'handler-retired' ? [`${group}/${handler}`] : [];
      }),
    ]),
    stream,
    streamAt,
    positions: new Map(stream.flatMap(({ eventId, streamId }) => (eventId === undefined ? [] : [[eventId, streamId]]))),
    hasFinalStates: byKind.has('delivery'),
  };
}

function lossesOf(transitions: readonly Transition[]): History['losses'] {
  const lines = transitions.filter(({ change }) => change === 'lost');
  return {
    lines,
    ranges: lines.flatMap(({ lost }) => lost ?? []),
    positions: new Set(lines.filter(({ lost }) => lost === undefined).map(({ streamId }) => streamId)),
    forgotten: transitions.filter(({ stateLost }) => stateLost === true),
  };
}
