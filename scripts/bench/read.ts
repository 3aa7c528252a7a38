import { defineEvent, type Upcast } from '@hyvve-events/runtime/codegen';
import type { ApprovalDecisionPayload } from '@hyvve-events/sdk/approval';
// A benchmark of an internal function: the package does not export it.
import { readEntry } from '../../runtime/event/read-envelope.js';
import { envelope, event } from './events.js';
import { inTurn, median, ratio, rounded, type Scenario } from './scenario.js';

/** Few readings at a time: other load on the machine then affects all variants equally. */
const readings = 5_000;
const turns = 40;

type Writable<T> = { -readonly [Name in keyof T]: T[Name] };

/** In the form in which the generator writes derived steps. */
const upcast: Upcast<ApprovalDecisionPayload, ApprovalDecisionPayload> = (data) => {
  const next: Writable<ApprovalDecisionPayload> = {
    approvalId: data.approvalId,
    type: data.type,
    title: data.title,
    decision: data.decision,
    confidenceScore: data.confidenceScore,
  };
  if (Object.hasOwn(data, 'decidedById')) next.decidedById = data.decidedById as string;
  if (Object.hasOwn(data, 'decisionNotes')) next.decisionNotes = data.decisionNotes as string;
  return next;
};

const present = '3.0.0';
const older = [1, 2].map((major) => ({ major, version: `${major}.0.0`, validate: event.validate, upcast }));
const { type, key, domain, validate } = event;
const withOlder = defineEvent({ type, key, version: present, domain, validate, older });
const withoutOlder = defineEvent({ type, key, version: present, domain, validate });

export const read: Scenario = {
  name: 'read',
  description:
    'reading an entry, without Redis: of the present version, of a newer minor version, and of older major versions by one and two derived steps; events per second',
  goals: [
    { figure: 'vsWithoutOlder', least: 0.97 },
    { figure: 'stepVsPresent', least: 0.5 },
  ],
  async run({ rounds, size }) {
    // Alone, because the others leave more garbage to collect.
    const same = await inTurn(rounds * size(turns), {
      present: () => readVersion(present, withOlder),
      without: () => readVersion(present, withoutOlder),
    });
    const found = await inTurn(rounds * size(turns), {
      present: () => readVersion(present, withOlder),
      minor: () => readVersion('3.1.0', withOlder),
      step: () => readVersion('2.0.0', withOlder),
      steps: () => readVersion('1.0.0', withOlder),
    });
    return {
      opsPerSec: rounded(median(same.present)),
      vsWithoutOlder: rounded(ratio(same.present, same.without)),
      minorVsPresent: rounded(ratio(found.minor, found.present)),
      stepVsPresent: rounded(ratio(found.step, found.present)),
      twoStepsVsPresent: rounded(ratio(found.steps, found.present)),
    };
  },
};

/** Readings per second of an event of this version. */
async function readVersion(version: string, definition: typeof withOlder): Promise<number> {
  const json = JSON.stringify({ ...envelope, version });
  const definitions = new Map([[definition.type, definition]]);
  const startedAt = performance.now();
  for (let count = 0; count < readings; count += 1) {
    if (readEntry(json, definitions, 1_000_000).kind !== 'event') throw new Error(`version ${version} was not read`);
  }
  return (readings * 1_000) / (performance.now() - startedAt);
}
