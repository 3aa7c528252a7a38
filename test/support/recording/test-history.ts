import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { HistoryRecord, ProcessEnd } from '../history/history.js';
import { parseHistory } from '../history/parse-history.js';
import { Faults } from './faults.js';
import { measureEpochMs, type Recorder, startRecording, stopRecording } from './recorder.js';

/** The history of the test that runs now, with the faults that this process causes. */
export class TestHistory {
  readonly recorder: Recorder;
  readonly faults: Faults;
  readonly #folder = mkdtempSync(join(tmpdir(), 'hyvve-history-'));

  constructor() {
    this.recorder = startRecording({ folder: this.#folder, epochMs: measureEpochMs() });
    this.faults = new Faults(this.recorder);
  }

  /** The records of all processes so far, in the order of their times. */
  read(): HistoryRecord[] {
    return inOrder(readdirSync(this.#folder).flatMap((file) => readRecords(join(this.#folder, file))));
  }

  /** Ends the recording, and writes all records to one file. Returns its path. */
  keep(): string {
    const file = join(this.#folder, 'history.ndjson');
    const lines = this.read().map((record) => JSON.stringify(record));
    for (const part of readdirSync(this.#folder)) rmSync(join(this.#folder, part));
    writeFileSync(file, `${lines.join('\n')}\n`);
    return file;
  }

  /** Removes the records. */
  discard(): void {
    rmSync(this.#folder, { recursive: true });
  }

  stop(): void {
    stopRecording();
    this.recorder.close();
  }
}

/** The records of one process. A process that was killed may have written only a part of its last one. */
function readRecords(file: string): HistoryRecord[] {
  return parseHistory(readFileSync(file, 'utf8'), file);
}

/**
 * Sorts the records of all processes. The end of a process may be recorded twice, by itself and by its parent: the first one
 * counts, but it is not before the last record of the process.
 */
function inOrder(records: readonly HistoryRecord[]): HistoryRecord[] {
  const lastOf = new Map<string, number>();
  const runs = new Map<string, string>();
  const started = new Set<string>();
  const ends = new Map<string, ProcessEnd>();
  const others: HistoryRecord[] = [];
  const seen = (process: string | undefined, at: number) => {
    if (process !== undefined) lastOf.set(process, Math.max(at, lastOf.get(process) ?? 0));
  };
  for (const record of records.toSorted((a, b) => a.at - b.at)) {
    if (record.kind === 'process-end') {
      if (!ends.has(record.process)) ends.set(record.process, record);
      continue;
    }
    others.push(record);
    if (record.kind === 'process-start') started.add(record.process);
    if (record.kind === 'run-start') {
      runs.set(record.run, record.process);
      seen(record.process, record.at);
    }
    if (record.kind === 'run-end') seen(runs.get(record.run), record.at);
  }
  const ended = [...ends.values()]
    .filter(({ process }) => started.has(process))
    .map((record) => ({ ...record, at: Math.max(record.at, lastOf.get(record.process) ?? 0) }));
  return [...others, ...ended].sort((a, b) => a.at - b.at);
}
