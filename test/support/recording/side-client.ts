import type { Command, Redis } from 'ioredis';
import type { Effect } from '../history/history.js';
import type { Faults } from './faults.js';
import { hashOf, type Recorder } from './recorder.js';

const stream = '{hyvve:0}:events';

/**
 * What a command of a client that is not part of the system may cause. Other commands cause nothing: losing a connection or a
 * BullMQ job, or the acknowledgement of an entry that a process has, must not repeat or lose a run.
 */
function effectsOf(name: string, args: readonly string[]): Effect[] {
  const [first = '', second = ''] = args;
  if (name === 'flushall') return ['loss'];
  if (name === 'del') return args.includes(stream) ? ['loss'] : [];
  if (name === 'xdel' || name === 'xtrim') return first === stream ? ['loss'] : [];
  // Deliveries that are in progress are delivered again, or to another process.
  if (name === 'xgroup') return first.toLowerCase() === 'destroy' && second === stream ? ['repeat', 'overlap'] : [];
  if (name === 'xclaim') return first === stream ? ['repeat', 'overlap'] : [];
  return [];
}

/** What a client of the test has done to the system. */
export interface SideClient {
  readonly redis: Redis;
  /** Whether Redis writes every command to disk before it answers. */
  keepsAll(): boolean;
}

/** Records what a client of a test does: its faults, and the events that it writes like a publisher. */
export function recordCommands(redis: Redis, recorder: Recorder, faults: Faults): SideClient {
  const send = redis.sendCommand.bind(redis);
  let keepsAll = false;
  redis.sendCommand = (command: Command, ...rest: [never?]) => {
    const args = command.args.map(String);
    const name = command.name.toLowerCase();
    const effects = effectsOf(name, args);
    const ended = effects.length === 0 ? undefined : faults.begin(`${name.toUpperCase()} ${args.join(' ')}`, effects);
    if (name === 'config' && args[1] === 'appendfsync') keepsAll = args[2] === 'always';
    const published = name === 'xadd' && args[0] === stream ? foreignPublish(recorder, args) : undefined;
    const result = send(command, ...rest);
    void command.promise
      .then((id) => published?.(String(id)))
      .catch(() => undefined)
      .finally(() => ended?.());
    return result;
  };
  return { redis, keepsAll: () => keepsAll };
}

const fields = ['id', 'type', 'source', 'timestamp', 'correlationId', 'tenantId', 'version'] as const;

/** An entry that another publisher writes is published too, if it is an envelope. */
function foreignPublish(recorder: Recorder, args: readonly string[]): ((streamId: string) => void) | undefined {
  const envelope = envelopeOf(args[args.length - 1]);
  if (envelope === undefined || args[args.length - 2] !== 'e') return undefined;
  const { id: eventId, type, tenantId, data } = envelope;
  const call = recorder.newName('foreign');
  const drafts = [{ type, tenantId, data: hashOf(data) }];
  recorder.write({ kind: 'publish', call, process: 'another-publisher', drafts });
  return (streamId) =>
    recorder.write({ kind: 'acknowledged', call, events: [{ eventId, streamId, duplicate: false }] });
}

/** Fields of an envelope. */
export interface ReadEnvelope {
  readonly id: string;
  readonly type: string;
  readonly tenantId: string;
  readonly data?: unknown;
}

/** Reads an envelope; undefined for any other text. */
export function envelopeOf(text: string | undefined): ReadEnvelope | undefined {
  try {
    const value = JSON.parse(text ?? '') as Readonly<Record<string, unknown>> | null;
    return fields.every((field) => typeof value?.[field] === 'string') ? (value as unknown as ReadEnvelope) : undefined;
  } catch {
    return undefined;
  }
}
