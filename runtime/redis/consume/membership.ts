import { hostname } from 'node:os';
import { mayTryAgain } from '../connection/redis-error.js';
import { formatRegistration } from '../store/handler-registration.js';
import { formatReads } from '../store/read-versions.js';
import type { GroupMember } from './group-member.js';
import { heartbeatScript, leaveScript, registerScript } from './membership.lua.js';

/** Fields of a process in the registry, in addition to its handlers. */
export interface ProcessDescription {
  readonly concurrency: number;
  /** Hash of the catalog that its SDK was generated from. */
  readonly catalogHash: string | undefined;
}

/** Registers this process and its handlers, and sends three heartbeats per lease time. */
export class Membership {
  readonly #member: GroupMember;
  readonly #description: ProcessDescription;
  readonly #startedAt = new Date().toISOString();
  #timer: NodeJS.Timeout | undefined;
  /** The description that Redis has. It is sent only when it changes: with all event types, it has several kilobytes. */
  #sent: string | undefined;

  constructor(member: GroupMember, description: ProcessDescription) {
    this.#member = member;
    this.#description = description;
  }

  /** @returns The version of the group's set of handlers, then every handler of the group with what it accepts. */
  async register(timeoutMs?: number): Promise<readonly string[]> {
    const { connection, keys, group, consumer, handlers, leaseMs } = this.#member;
    const { name, state, replayState, seen, consumers, alive, since } = group;
    const registered = [...handlers].map((handler) => {
      return { handler: handler.name, accepts: formatRegistration(handler) };
    });
    const description = this.#describe();
    const call = registerScript.call({
      events: keys.events,
      state,
      replay: keys.replay,
      replayState,
      handlers: group.handlers,
      seen,
      consumers,
      alive,
      since,
      group: name,
      consumer,
      description,
      orderedMs: 3 * leaseMs,
      isOrdered: [...handlers].some(({ options }) => options.order !== undefined) ? 1 : 0,
      registered,
    });
    const reply = await connection.ask(call, timeoutMs);
    this.#sent = description;
    return reply;
  }

  start(): void {
    this.#timer = setInterval(() => void this.heartbeat(), this.#member.leaseMs / 3);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  /** Never throws. */
  async heartbeat(): Promise<void> {
    const { connection, group, consumer, handlers, logger } = this.#member;
    if (!connection.isReady) return;
    const { seen, consumers, alive } = group;
    const described = this.#describe();
    const beat = async (description: string) =>
      connection.tryOnce(
        heartbeatScript.call({
          seen,
          consumers,
          alive,
          consumer,
          description,
          handlers: [...handlers].flatMap(({ name, options }) => {
            return options.order === undefined ? [name] : [name, `${name}\0key`];
          }),
        }),
      );
    try {
      if (described === this.#sent && (await beat('')) === 1) return;
      await beat(described);
      this.#sent = described;
    } catch (error) {
      if (!mayTryAgain(error)) logger.error({ err: error }, 'could not send a heartbeat');
    }
  }

  /** Removes this process from the registry. */
  async leave(): Promise<void> {
    const { connection, group, consumer } = this.#member;
    const { consumers, alive } = group;
    await connection.tryOnce(leaveScript.call({ consumers, alive, consumer }));
  }

  /** As JSON for the registry. */
  #describe(): string {
    const { group, handlers } = this.#member;
    const { concurrency, catalogHash } = this.#description;
    const described = [...handlers].map(({ name, pattern, options }) => ({ name, pattern, options }));
    const process_ = { host: hostname(), pid: process.pid, startedAt: this.#startedAt };
    const reads = formatReads(handlers.definitions.values());
    return JSON.stringify({ group: group.name, ...process_, concurrency, catalogHash, handlers: described, reads });
  }
}
