import { readFileSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import type { EventModelEntry } from '../model/event-model.js';
import { seedOf } from '../sample/random.js';
import { commandError, GeneratorError } from '../support/errors.js';
import type { EventSource } from './event-source.js';

/** Flags that say which data is published; at most one of them is set. */
export interface DataFlags {
  readonly data?: string;
  readonly example?: string;
  readonly seed?: number;
}

/**
 * The data that a command line asks for: a file, an example of the catalog, or generated data. Without a flag, the first
 * example, otherwise generated data.
 * @returns The data, and where it comes from, for people
 * @throws GeneratorError `USAGE`, `FILE_UNREADABLE`, `SAMPLE_IMPOSSIBLE`
 */
export async function dataOf(
  flags: DataFlags,
  event: EventModelEntry,
  events: EventSource,
): Promise<{ readonly data: unknown; readonly origin: string }> {
  const { data, example, seed } = flags;
  if ([data, example, seed].filter((flag) => flag !== undefined).length > 1)
    throw usage('--data, --example and --seed cannot be combined', 'use one of them');
  if (data !== undefined) return { data: await readData(data), origin: data === '-' ? 'standard input' : data };
  if (seed !== undefined) return { data: events.sample(event, seed), origin: `generated with seed ${seed}` };
  const found = example === undefined ? event.examples[0] : event.examples.find(({ name }) => name === example);
  if (found !== undefined) return { data: found.data, origin: `example ${found.name}` };
  if (example === undefined) return { data: events.sample(event, seedOf(event.type)), origin: 'generated' };
  const names = event.examples.map(({ name }) => name).join(', ');
  throw usage(
    `${event.type} has no example ${example}`,
    names === '' ? 'it has no examples' : `its examples: ${names}`,
  );
}

async function readData(file: string): Promise<unknown> {
  const json = file === '-' ? await text(process.stdin) : readText(file);
  try {
    return JSON.parse(json);
  } catch (error) {
    const message = `${file === '-' ? 'the standard input' : file} is not JSON: ${error instanceof Error ? error.message : ''}`;
    throw usage(message, 'pass the data of the event, without the envelope');
  }
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    const at = { severity: 'error', file, line: 1, column: 1 } as const;
    throw new GeneratorError([{ ...at, code: 'FILE_UNREADABLE', message, hint: 'correct --data' }]);
  }
}

function usage(message: string, hint: string): GeneratorError {
  return commandError('publish', { code: 'USAGE', message, hint });
}
