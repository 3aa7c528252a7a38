import { createHash } from 'node:crypto';
import { closeSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { HistoryRecord } from '../history/history.js';

/** A record without its time. */
export type NewRecord<Record = HistoryRecord> = Record extends unknown ? Omit<Record, 'at'> : never;

/** Where the processes of a test record, and their common clock. */
export interface HistoryTarget {
  /** Folder with one file for each process. */
  readonly folder: string;
  /** What is added to the monotonic clock of the machine for milliseconds since 1970. */
  readonly epochMs: number;
}

/** The variable with the target, which the processes of a test inherit. It is set only while a test is recorded. */
const variable = 'HYVVE_TEST_HISTORY';

function monotonicMs(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}

/** What {@link HistoryTarget.epochMs} is in this process: measured once, so that all processes of a test have one clock. */
export function measureEpochMs(): number {
  return performance.timeOrigin + performance.now() - monotonicMs();
}

/** Records from now on, in this process and in those that it starts. */
export function startRecording(target: HistoryTarget): Recorder {
  process.env[variable] = JSON.stringify(target);
  current = new Recorder(target);
  return current;
}

/** No process that is started from now on records. */
export function stopRecording(): void {
  delete process.env[variable];
  current = undefined;
}

let current: Recorder | undefined;

/** The recorder of this process; undefined if the test is not recorded. */
export function currentRecorder(): Recorder | undefined {
  const target = process.env[variable];
  if (current === undefined && target !== undefined) current = new Recorder(JSON.parse(target) as HistoryTarget);
  return current;
}

/**
 * Appends the records of one process to its file. Each record is written by one synchronous call, so that a process that is
 * killed loses no record.
 */
export class Recorder {
  readonly target: HistoryTarget;
  readonly #file: number;
  #isOpen = true;
  readonly #names = new Map<string, number>();

  constructor(target: HistoryTarget) {
    this.target = target;
    this.#file = openSync(join(target.folder, `${process.pid}.ndjson`), 'a');
  }

  /** Milliseconds since 1970, by a clock that tests do not change. */
  now(): number {
    return Math.round((this.target.epochMs + monotonicMs()) * 1_000) / 1_000;
  }

  /** @param at Time of the record. Default: now. */
  write(record: NewRecord, at = this.now()): void {
    // A handler that never ends may outlive its test.
    if (this.#isOpen) writeSync(this.#file, `${JSON.stringify({ at, ...record })}\n`);
  }

  close(): void {
    this.#isOpen = false;
    closeSync(this.#file);
  }

  /** A name that is unique in the history: `<kind>:<pid>`, from the second on with a number. */
  newName(kind: string): string {
    const count = (this.#names.get(kind) ?? 0) + 1;
    this.#names.set(kind, count);
    return processName(kind, process.pid, count);
  }
}

/** Name of the bus of a service in a process. @param count Which bus of the service it is in this process, from 1. */
export function processName(service: string, pid: number, count = 1): string {
  return `${service}:${pid}${count === 1 ? '' : `.${count}`}`;
}

/** Hash of the data of an event, as JSON. */
export function hashOf(data: unknown): string {
  return createHash('sha1')
    .update(JSON.stringify(data) ?? '')
    .digest('base64')
    .slice(0, 12);
}
