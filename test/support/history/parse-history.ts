import type { HistoryRecord } from './history.js';

/** The fields that each kind of record must have, with their types. */
const required: Readonly<
  Record<HistoryRecord['kind'], Readonly<Record<string, 'string' | 'number' | 'boolean' | 'list'>>>
> = {
  publish: { call: 'string', process: 'string', drafts: 'list' },
  acknowledged: { call: 'string', events: 'list' },
  rejected: { call: 'string', code: 'string' },
  'process-start': { process: 'string', service: 'string', handlers: 'list', leaseMs: 'number' },
  'process-end': { process: 'string', how: 'string' },
  'run-start': {
    ...Object.fromEntries(
      ['run', 'process', 'group', 'handler', 'eventId', 'streamId', 'type'].map((name) => [name, 'string' as const]),
    ),
    attempt: 'number',
  },
  'run-end': { run: 'string', outcome: 'string' },
  fault: { name: 'string', effects: 'list' },
  operator: { action: 'string' },
  transition: { position: 'string', change: 'string', group: 'string', handler: 'string', streamId: 'string' },
  stream: { streamId: 'string' },
  delivery: { eventId: 'string', streamId: 'string', group: 'string', handler: 'string', state: 'string' },
  end: { drained: 'boolean' },
};

/**
 * Reads the records of a history: one JSON object in each line, from one file of each process. A last line without an end is
 * ignored: its process was killed while it wrote it, so that what it says has not had any effect.
 * @param name Of the file, for errors.
 * @throws Error for any other line that is not a record, with its number.
 */
export function parseHistory(text: string, name = 'history'): HistoryRecord[] {
  const lines = text.split('\n');
  const records: HistoryRecord[] = [];
  lines.forEach((line, index) => {
    if (line === '') return;
    const problem = addRecord(line, records);
    if (problem !== undefined && index < lines.length - 1) throw new Error(`${name}:${index + 1}: ${problem}`);
  });
  return records;
}

function addRecord(line: string, records: HistoryRecord[]): string | undefined {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch (error) {
    return `not JSON: ${error instanceof Error ? error.message : error}`;
  }
  if (typeof value !== 'object' || value === null) return 'not an object';
  const problem = problemOf(value as Readonly<Record<string, unknown>>);
  if (problem === undefined) records.push(unlimited(value as HistoryRecord));
  return problem;
}

/** `Infinity` is `null` in JSON. */
function unlimited(record: HistoryRecord): HistoryRecord {
  if (record.kind !== 'process-start') return record;
  const numberOf = (concurrency: number | null) => concurrency ?? Number.POSITIVE_INFINITY;
  const handlers = record.handlers.map((handler) => ({ ...handler, concurrency: numberOf(handler.concurrency) }));
  return { ...record, concurrency: numberOf(record.concurrency), handlers };
}

function problemOf(record: Readonly<Record<string, unknown>>): string | undefined {
  const { kind } = record;
  if (typeof kind !== 'string' || !Object.hasOwn(required, kind)) return `unknown kind ${JSON.stringify(kind)}`;
  const fields = { at: 'number', ...required[kind as HistoryRecord['kind']] };
  for (const [name, type] of Object.entries(fields)) {
    const value = record[name];
    const isRight = type === 'list' ? Array.isArray(value) : typeof value === type && !Number.isNaN(value);
    if (!isRight) return `${kind}: ${name} must be a ${type}, not ${JSON.stringify(value)}`;
  }
  return undefined;
}
