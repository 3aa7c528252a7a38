import type {
  DeadLetters,
  EventBus,
  FailedRun,
  Interceptors,
  Logger,
  MetricsHooks,
  ParkedDeliveries,
  ReplayRequest,
} from '@hyvve-events/runtime';
import { afterEach, beforeEach } from 'vitest';

/** An empty transport under test. */
export interface Harness {
  createBus(options: {
    readonly service: string;
    readonly concurrency?: number;
    readonly maxEventBytes?: number;
    readonly interceptors?: Interceptors;
    readonly metrics?: MetricsHooks;
    readonly onError?: (run: FailedRun) => void;
    readonly logger?: Logger;
  }): EventBus;
  readonly deadLetters: DeadLetters;
  readonly parked: ParkedDeliveries;
  /** Starts a replay. Returns the job id. */
  replay(request: ReplayRequest): Promise<string>;
  /** Writes a raw entry. */
  write(json: string): Promise<void>;
  /** Waits until `holds`; retries with delays of up to 100 ms become due in the meantime. */
  eventually(what: string, holds: () => boolean | Promise<boolean>): Promise<void>;
  /** Waits until no more deliveries are expected. */
  quiet(): Promise<void>;
  close(): Promise<void>;
}

/**
 * A new harness for each test, which closes it and the buses it has made.
 * @param closing How the buses are closed. Default: as users close them.
 */
export function useHarness(
  createHarness: () => Promise<Harness>,
  closing?: Parameters<EventBus['close']>[0],
): Omit<Harness, 'close'> {
  let harness: Harness;
  let buses: EventBus[] = [];

  beforeEach(async () => {
    harness = await createHarness();
  });

  afterEach(async () => {
    await Promise.all(buses.map((bus) => bus.close(closing)));
    buses = [];
    await harness.close();
  });

  return {
    createBus: (options) => {
      const bus = harness.createBus(options);
      buses.push(bus);
      return bus;
    },
    get deadLetters() {
      return harness.deadLetters;
    },
    get parked() {
      return harness.parked;
    },
    replay: (request) => harness.replay(request),
    write: (json) => harness.write(json),
    eventually: (what, holds) => harness.eventually(what, holds),
    quiet: () => harness.quiet(),
  };
}
