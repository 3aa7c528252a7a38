import { randomBytes } from 'node:crypto';
import { empty, event, payload, perSecond, tenant, withBus } from './events.js';
import { inTurn, median, ratio, rounded, type Scenario } from './scenario.js';

const callers = 200;
const calls = 30_000;
const callsOfOne = 5_000;

export const publishById: Scenario = {
  name: 'publishById',
  description:
    '200 callers (and one alone) publish with explicit ids, a new id each time, compared with callers without ids',
  goals: [
    { figure: 'vsPlain', least: 0.5, aim: 0.7 },
    { figure: 'oneCallerVsPlain', least: 0.8, aim: 0.95 },
  ],
  async run({ redis, rounds, size }) {
    const measure = (options: () => { readonly id?: string }, count: number, parallelCallers: number) => async () => {
      await empty(redis);
      return withBus(redis, async (bus) => {
        await bus.publish(event, payload, tenant);
        // Created beforehand, because creating ids takes as long as publishing.
        const each = Array.from({ length: count }, () => ({ ...tenant, ...options() }));
        let at = 0;
        return perSecond(count, parallelCallers, () => bus.publish(event, payload, each[at++] ?? tenant));
      });
    };
    const found = await inTurn(rounds, {
      plain: measure(() => ({}), size(calls), callers),
      made: measure(() => ({ id: newId() }), size(calls), callers),
      other: measure(() => ({ id: `a${newId()}` }), size(calls), callers),
      plainAlone: measure(() => ({}), size(callsOfOne), 1),
      madeAlone: measure(() => ({ id: newId() }), size(callsOfOne), 1),
    });
    return {
      opsPerSec: rounded(median(found.made)),
      plainOpsPerSec: rounded(median(found.plain)),
      vsPlain: rounded(ratio(found.made, found.plain)),
      otherIdsVsPlain: rounded(ratio(found.other, found.plain)),
      oneCallerVsPlain: rounded(ratio(found.madeAlone, found.plainAlone)),
    };
  },
};

/** A new id in the SDK's format: a letter, the time, random characters. */
function newId(): string {
  return `e${Date.now().toString(36).padStart(8, '0')}${BigInt(`0x${randomBytes(12).toString('hex')}`)
    .toString(36)
    .padStart(19, '0')
    .slice(-15)}`;
}
