import { createEventOperator, type EventOperator, type EventOperatorOptions } from '@hyvve-events/runtime';
import type { OperatorCall } from '../history/history.js';
import { currentRecorder, type NewRecord } from './recorder.js';

/** Creates an operator whose successful changes are recorded. Without a recording it is a usual operator. */
export function createRecordedOperator(options: EventOperatorOptions): EventOperator {
  const operator = createEventOperator(options);
  const recorder = currentRecorder();
  if (recorder === undefined) return operator;

  async function change<Result>(
    make: () => Promise<Result>,
    describe: (result: Result) => Omit<NewRecord<OperatorCall>, 'kind' | 'until'>,
  ): Promise<Result> {
    const at = recorder?.now();
    const result = await make();
    recorder?.write({ kind: 'operator', until: recorder.now(), ...describe(result) }, at);
    return result;
  }

  const { deadLetters, parked, replays } = operator;
  const letters = { ...pick(deadLetters, 'get', 'retry', 'retryEdited', 'discard') };
  deadLetters.retry = async (id, by) => {
    const of = target(await letters.get(id));
    return change(
      () => letters.retry(id, by),
      () => ({ action: 'retry', ...of }),
    );
  };
  deadLetters.retryEdited = async (id, data, by) => {
    const of = target(await letters.get(id));
    return change(
      () => letters.retryEdited(id, data, by),
      ({ eventId }) => ({ action: 'edit', ...of, newEventId: eventId }),
    );
  };
  deadLetters.discard = async (id, by) => {
    const of = target(await letters.get(id));
    return change(
      () => letters.discard(id, by),
      () => ({ action: 'discard', ...of }),
    );
  };
  const waiting = pick(parked, 'get', 'discard');
  parked.discard = async (id, by) => {
    const of = target(await waiting.get(id));
    return change(
      () => waiting.discard(id, by),
      () => ({ action: 'discard-parked', ...of }),
    );
  };
  const { start } = replays;
  replays.start = (request, by) =>
    change(
      () => start(request, by),
      ({ jobId, plan }) => ({
        action: 'replay',
        replay: {
          jobId,
          groups: plan.groups,
          handlers: plan.handlers.map(({ group, handler }) => `${group}/${handler}`),
          types: plan.eventTypes,
          to: `${Date.parse(plan.to)}-${Number.MAX_SAFE_INTEGER}`,
          ...(plan.from === undefined ? {} : { from: `${Date.parse(plan.from)}-0` }),
          ...(plan.tenantId === undefined ? {} : { tenantId: plan.tenantId }),
        },
      }),
    );
  const { retireGroup } = operator;
  operator.retireGroup = (group, by) =>
    change(
      () => retireGroup(group, by),
      () => ({ action: 'retire-group', group }),
    );
  return operator;
}

interface Target {
  readonly group: string;
  readonly handler: string;
  readonly eventId: string;
}

/** The delivery that an action concerns. An action without one fails, and is not recorded. */
function target(of: Target | undefined): Partial<Target> {
  return of === undefined ? {} : pick(of, 'group', 'handler', 'eventId');
}

function pick<Part extends object, Name extends keyof Part>(part: Part, ...names: readonly Name[]): Pick<Part, Name> {
  return Object.fromEntries(names.map((name) => [name, part[name]])) as Pick<Part, Name>;
}
