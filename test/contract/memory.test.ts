import { silentLogger } from '@hyvve-events/runtime';
import { createMemoryBroker } from '@hyvve-events/runtime/testing';
import { allEvents, keyedEvents } from '../support/events/events.js';
import { settledV3 } from '../support/events/versioned.js';
import { until } from '../support/wait.js';
import { describeAdapters } from './adapters.js';
import { describeContract } from './contract.js';
import type { Harness } from './harness.js';
import { describeInterceptors } from './interceptors.js';
import { describeKeyOrder } from './key-order.js';
import { describeOlderVersions } from './older-versions.js';
import { describeOrderingKeys } from './ordering-keys.js';

async function memoryHarness(): Promise<Harness> {
  const broker = createMemoryBroker({ events: [...allEvents, ...keyedEvents, settledV3()] });
  return {
    createBus: (options) => broker.createBus({ logger: silentLogger, ...options }),
    deadLetters: broker.deadLetters,
    parked: broker.parked,
    replay: async (request) => broker.replay(request),
    write: async (json) => {
      broker.write(json);
    },
    eventually: (what, holds) =>
      until(what, async () => {
        if (await holds()) return true;
        // Not awaited, because a run may never end; due retries start nevertheless.
        await Promise.race([broker.advance(100), new Promise((resolve) => setTimeout(resolve, 10))]);
        return holds();
      }),
    quiet: () => broker.idle(),
    close: async () => undefined,
  };
}

describeContract('in memory', memoryHarness);
describeInterceptors('in memory', memoryHarness);
describeAdapters('in memory', memoryHarness);
describeOlderVersions('in memory', memoryHarness);
describeOrderingKeys('in memory', memoryHarness);
describeKeyOrder('in memory', memoryHarness);
