import { type ChildProcess, spawn } from 'node:child_process';
import type { EventBusOptions, HandlerOptions } from '@hyvve-events/runtime';
import type { Redis } from 'ioredis';
import type { Faults } from '../recording/faults.js';
import { processName } from '../recording/recorder.js';
import { until } from '../wait.js';
import { bundle } from './bundle.js';

/** A handler of a worker process, and how it behaves. */
export interface WorkerHandler {
  readonly name: string;
  /** Default `*`. */
  readonly pattern?: string;
  readonly options?: HandlerOptions;
  /** Default: succeeds. */
  readonly does?:
    | 'block'
    | 'sleep'
    | 'never'
    | 'fail'
    | 'give-up'
    | 'fail-sometimes'
    /** Of 100 runs, 5 fail, and 1 gives up. */
    | 'fail-rarely'
    | 'exit'
    | 'kill'
    /** Kills the process at the event `eventId`, after others have started in parallel. */
    | 'kill-on'
    | 'kill-after-effect';
  /** Time to block, to sleep, or to wait before the failure or the kill, in milliseconds. */
  readonly ms?: number;
  readonly eventId?: string;
}

/** Plan of a worker process. */
export interface WorkerPlan {
  readonly service: string;
  readonly redisUrl: string;
  /** Target of its records: the lists `started`, `runs`, `effects` and `wrong`. */
  readonly recordUrl: string;
  readonly handlers: readonly WorkerHandler[];
  readonly options?: Omit<EventBusOptions, 'service' | 'redis' | 'logger'>;
  /** The version that its build of the SDK knows of every event. Default 1.0.0. */
  readonly version?: string;
  /** The version of `shop.order.settled` that its build knows. Version 2 also reads version 1. Default: it does not know the event. */
  readonly settled?: 1 | 2;
  /** The conversion of an order with this id kills the process. */
  readonly conversionKills?: string;
  /** The process also publishes `shop.order.settled`, this many times each second. */
  readonly publishesPerSecond?: number;
  /** Older major versions that its build reads too. */
  readonly older?: readonly number[];
  /** Whether it publishes one order when it starts. */
  readonly publishes?: boolean;
  /** How far its local clock is off, in milliseconds. */
  readonly clockOffsetMs?: number;
}

export interface Worker {
  readonly pid: number;
  signal(name: NodeJS.Signals): void;
  readonly ended: Promise<void>;
}

const running = new Map<ChildProcess, (signal: NodeJS.Signals) => void>();
let main: Promise<string> | undefined;

/**
 * Starts a worker. Resolves when it has joined its group.
 * @param record Client of the Redis that the worker records to.
 * @param faults The faults of the test, if its history is recorded.
 */
export async function startWorker(plan: WorkerPlan, record: Redis, faults?: Faults): Promise<Worker> {
  main ??= bundle('test/support/processes/worker-main.ts');
  const child = spawn(process.execPath, [await main, JSON.stringify(plan)], {
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  const pid = child.pid ?? 0;
  const name = processName(plan.service, pid);
  if (plan.handlers.length > 0) faults?.addMember(name, plan.redisUrl, plan.options?.leaseMs);
  const signal = (sent: NodeJS.Signals) => {
    child.kill(sent);
    faults?.signal(name, sent);
  };
  running.set(child, signal);
  let hasEnded = false;
  const ended = new Promise<void>((done) => {
    child.once('exit', (code) => {
      hasEnded = true;
      faults?.ended(name, code === 0 ? 'closed' : 'killed');
      running.delete(child);
      done();
    });
  });
  await until(
    `worker ${pid} joins its group`,
    async () => hasEnded || (await record.lrange('started', 0, -1)).includes(String(pid)),
  );
  return { pid, ended, signal };
}

/** Ends all running workers. */
export async function endWorkers(): Promise<void> {
  await Promise.all(
    [...running].map(([child, signal]) => {
      const ended = new Promise((done) => child.once('exit', done));
      signal('SIGCONT');
      signal('SIGKILL');
      return ended;
    }),
  );
}
