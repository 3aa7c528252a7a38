import type { HandlerRecord, OperatorCall } from '../history.js';
import type { Forge, ForgedEvent } from './forge.js';
import { type ForgedCase, forged, handled } from './forged-case.js';

type Replay = Partial<NonNullable<OperatorCall['replay']>>;

/** An event is handled, then replayed to `bill` by job `j`, which selects as `replay` says. */
const replayed =
  (replay: Replay, options: { readonly ran?: boolean; readonly job?: string; readonly drained?: boolean } = {}) =>
  (forge: Forge) => {
    const { ran = true, job = 'j', drained = true } = options;
    const event = forge.wait(200).publish({ type: 'order.placed' });
    forge.run(event).wait(200);
    startReplay(forge, replay);
    if (ran) forge.run(event, { replayJobId: job });
    forge.log('replay-completed', undefined, { handler: '*', group: '*', replayJobId: 'j' });
    return forge.end({ drained });
  };

function startReplay(forge: Forge, replay: Replay = {}): void {
  const { now } = forge;
  forge.add({ kind: 'operator', action: 'replay', until: now + 5, replay: { jobId: 'j', ...replay } });
}

/** A replay that ends before it has replayed anything. */
const cancelled = (change: string) => (forge: Forge) => {
  startReplay(forge.run(forge.publish()).wait(200));
  return forge.log(change, undefined, { replayJobId: 'j' }).end();
};

/** A replay whose call is not recorded. */
const startedInLog = (change: string) => (forge: Forge) => {
  const event = forge.publish();
  forge.run(event).log(change, undefined, { replayJobId: 'j' });
  return forge.run(event, { replayJobId: 'j' }).end();
};

const position = /^\d+/;
const shifted = ({ streamId }: ForgedEvent, ms: number) =>
  streamId.replace(position, (text) => String(Number(text) + ms));

/** An event that `bill` gets live, and again by job `j`, for a handler with this option. */
const withReplay = (replay: HandlerRecord['replay'], live: boolean, again: boolean) => (forge: Forge) => {
  const event = forge.process('p1', {}, { replay }).wait(200).publish();
  if (live) forge.run(event);
  startReplay(forge.wait(200));
  if (again) forge.run(event, { replayJobId: 'j' });
  return forge.end();
};

/** Redis loses an event; the log reports a range. */
const lost =
  (options: {
    readonly fault?: boolean;
    readonly report?: boolean;
    readonly upTo?: number;
    readonly handled?: boolean;
  }) =>
  (forge: Forge) => {
    const { fault = true, report = true, upTo = 0, handled: isHandled = false } = options;
    const first = forge.publish();
    forge.run(first);
    const gone = forge.publish();
    if (isHandled) forge.run(gone);
    if (fault) forge.fault(['loss']);
    const range = { after: first.streamId, upTo: shifted(gone, upTo) };
    if (report) forge.log('lost', undefined, { handler: '*', lost: range });
    forge.run(forge.publish());
    return forge.unstore(gone).end();
  };

export const receiverCases = {
  'right-receiver': [
    forged(
      'a type that the handler does not take',
      (forge) => {
        forge.process('p1', {}, { types: ['order.*'] });
        return forge.run(forge.publish({ type: 'orders' })).end();
      },
      (forge) => {
        forge.process('p1', {}, { types: ['order.*'] });
        return forge.run(forge.publish({ type: 'order.placed' })).end();
      },
    ),
    forged(
      'an exact type',
      (forge) => {
        forge.process('p1', {}, { types: ['order.placed'] });
        return forge.run(forge.publish({ type: 'order.placed.again' })).end();
      },
      (forge) => {
        forge.process('p1', {}, { types: ['order.placed'] });
        return forge.run(forge.publish({ type: 'order.placed' })).end();
      },
    ),
    forged(
      'a replayed event for a handler that skips them',
      withReplay('skip', true, true),
      withReplay('skip', true, false),
    ),
    forged(
      'a live event for a handler of replays only',
      withReplay('only', true, true),
      withReplay('only', false, true),
    ),
    handled(
      'an edited event for another handler',
      (forge) => editedFor(forge, 'mail'),
      (forge) => editedFor(forge, 'bill'),
    ),
  ],
  'replay-requested': [
    handled('no operator has started it', replayed({}, { job: 'k', drained: false }), replayed({})),
    handled(
      'the log does not say either that it was started',
      startedInLog('replay-failed'),
      startedInLog('replay-started'),
    ),
    handled(
      'for another group',
      replayed({ groups: ['mails'] }, { drained: false }),
      replayed({ groups: ['billing'] }),
    ),
    handled(
      'for another handler',
      replayed({ handlers: ['billing/mail'] }, { drained: false }),
      replayed({ handlers: ['billing/bill'] }),
    ),
    handled('for another type', replayed({ types: ['orders.*'] }), replayed({ types: ['order.*'] })),
    handled('for two other types', replayed({ types: ['x', 'y.*'] }), replayed({ types: ['x', 'order.*'] })),
    handled('for another tenant', replayed({ tenantId: 't2' }), replayed({ tenantId: 't1' })),
    handled('behind its range', replayed({ to: '1-0' }), replayed({ to: '1700000000300-0' })),
    handled('before its range', replayed({ from: '1700000000301-0' }), replayed({ from: '1700000000300-0' })),
    handled(
      'the replay was started later',
      (forge) => {
        const event = forge.publish();
        forge.run(event).run(event, { replayJobId: 'j' });
        startReplay(forge.wait(100));
        return forge.end();
      },
      (forge) => {
        const event = forge.publish();
        startReplay(forge.run(event));
        return forge.run(event, { replayJobId: 'j' }).end();
      },
    ),
    handled(
      'the event was published after the replay was started',
      (forge) => {
        startReplay(forge);
        const event = forge.publish();
        return forge.run(event).run(event, { replayJobId: 'j' }).end();
      },
      (forge) => {
        const event = forge.publish();
        startReplay(forge);
        return forge.run(event).run(event, { replayJobId: 'j' }).end();
      },
    ),
  ],
  'replay-complete': [
    handled(
      'an event of its range was not replayed',
      replayed({}, { ran: false }),
      replayed({ types: ['x'] }, { ran: false }),
    ),
    handled('it has completed, and not every event ran', cancelled('replay-completed'), cancelled('replay-cancelled')),
    handled(
      'one of two handlers got it',
      (forge) => replayToTwo(forge, ['bill']),
      (forge) => replayToTwo(forge, ['bill', 'mail']),
    ),
    handled(
      'a replayed event failed, and its retry did not run',
      (forge) => replayAndFail(forge, 'failed'),
      (forge) => replayAndFail(forge, 'dead'),
    ),
  ],
  'loss-reported': [
    handled('there is no report', lost({ report: false }), lost({})),
    handled('the range ends before the event', lost({ upTo: -1 }), lost({ upTo: 1 })),
    handled('it is not handled', lost({ report: false }), lost({ report: false, handled: true })),
  ].map((each) => ({ ...each, also: ['at-least-once' as const] })),
  'loss-with-cause': [
    handled('there was no fault', lost({ fault: false, handled: true }), lost({ handled: true })),
    handled(
      'there was a fault that cannot lose anything',
      (forge) => lost({ fault: false, handled: true })(forge.fault(['repeat', 'overlap'])),
      (forge) => lost({ fault: false, handled: true })(forge.fault(['loss'])),
    ),
    handled(
      'the fault was later',
      (forge) => {
        lost({ fault: false, handled: true })(forge);
        const end = forge.records.pop();
        forge.fault(['loss']);
        return end === undefined ? [] : [...forge.records, { ...end, at: forge.now }];
      },
      lost({ handled: true }),
    ),
  ],
  'loss-range-empty': [
    handled('an event of the range is there', lost({ upTo: 1_000 }), lost({ upTo: 10 })),
    handled(
      'an entry is reported that is there',
      (forge) => {
        const event = forge.fault(['loss']).publish();
        return forge.run(event).log('lost', event, { handler: '*' }).end();
      },
      (forge) => {
        const event = forge.fault(['loss']).publish();
        return forge.log('lost', event, { handler: '*' }).unstore(event).run(forge.publish()).end();
      },
    ),
  ],
} satisfies Record<string, readonly ForgedCase[]>;

function editedFor(forge: Forge, handler: string) {
  forge.process('p2', {}, { name: 'mail' });
  const event = forge.publish();
  forge.run(event, {}, { outcome: 'dead' }).run(event, { handler: 'mail', process: 'p2' });
  forge.operator('edit', { eventId: event.eventId, newEventId: 'x' }).log('edited', event);
  const process = handler === 'mail' ? 'p2' : 'p1';
  forge.run({ ...event, eventId: 'x', streamId: 'edit-1' }, { handler, process });
  return forge.final(event.eventId, 'DISCARDED').end({ drained: false });
}

function replayToTwo(forge: Forge, handlers: readonly string[]) {
  const both = ['bill', 'mail'];
  forge.process('p2', {}, { name: 'bill' }, { name: 'mail' });
  const event = forge.publish();
  for (const handler of both) forge.run(event, { handler, process: 'p2' });
  startReplay(forge.wait(200));
  for (const handler of handlers) forge.run(event, { handler, process: 'p2', replayJobId: 'j' });
  return forge.log('replay-completed', undefined, { replayJobId: 'j' }).end();
}

function replayAndFail(forge: Forge, outcome: 'failed' | 'dead') {
  const event = forge.publish();
  startReplay(forge.run(event).wait(200));
  forge.run(event, { replayJobId: 'j' }, { outcome, retryInMs: 0 });
  return forge.log('replay-completed', undefined, { replayJobId: 'j' }).end();
}
