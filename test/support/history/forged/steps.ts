import type { Forge, ForgedEvent } from './forge.js';

export type Step = (forge: Forge, event: ForgedEvent) => Forge;

/** An event is published, then the steps happen to it. */
export const event =
  (...steps: readonly Step[]) =>
  (forge: Forge) => {
    const published = forge.publish();
    for (const step of steps) step(forge, published);
    return forge.end();
  };

export const run: Step = (forge, each) => forge.run(each);
export const runElsewhere: Step = (forge, each) => forge.process('p2').run(each, { process: 'p2' });
export const dead: Step = (forge, each) => forge.run(each, {}, { outcome: 'dead' });
export const fail: (attempt: number, retryInMs?: number) => Step =
  (attempt, retryInMs = 0) =>
  (forge, each) =>
    forge.run(each, { attempt }, { outcome: 'failed', retryInMs });
export const runAgain: (attempt: number) => Step = (attempt) => (forge, each) => forge.run(each, { attempt });
export const wait: (ms: number) => Step = (ms) => (forge) => forge.wait(ms);
export const log: (change: string) => Step = (change) => (forge, each) => forge.log(change, each);
export const final: (state: 'COMPLETED' | 'DLQ' | 'DISCARDED' | 'PARKED') => Step = (state) => (forge, each) =>
  forge.final(each.eventId, state);
export const retry: Step = (forge, each) => forge.operator('retry', { eventId: each.eventId }).log('retried', each);
export const loss: Step = (forge) => forge.fault(['loss']);
export const lessThanLoss: Step = (forge) => forge.fault(['repeat', 'overlap']);
export const kill: Step = (forge) => forge.kill();
