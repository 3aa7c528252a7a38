import { setTimeout as sleep } from 'node:timers/promises';
import { type JobsClient, newJobsClient } from './client.js';
import { ClusterDirectory } from './cluster-directory.js';
import { hashSlot } from './hash-slot.js';
import type { Link } from './link.js';
import { type MemoryFigures, unknownMemory } from './memory-guard.js';
import type { LinkChecks, Master, Nodes, NodesOptions, OwnLink } from './nodes.js';
import { OwnConnection } from './own-connection.js';
import { RedisConnection } from './redis-connection.js';
import { failureKind, NotConnectedError, RedirectedError, replyCode } from './redis-error.js';
import type { ReplicatedScripts } from './replicated-calls.js';
import type { ResolvedTarget } from './resolved-target.js';
import { Server } from './server.js';
import { type SlotDirectory, SlotLink } from './slot-link.js';
import { addressOf } from './slot-table.js';

/** How often to look whether a link is not ready, in milliseconds: then the owners of the slots are asked for. */
const lookMs = 200;
/** Maximum age of the table of slots, in milliseconds. */
const refreshMs = 2_000;
/** Time after which a server that no link uses any more is disconnected, in milliseconds: replies may still be due. */
const unusedMs = 5_000;
/** Time between two attempts to find the owner of a slot for BullMQ, and their maximum time, in milliseconds. */
const findPauseMs = 100;
const findMs = 5_000;
/** Replies of a node that may not have the keys any more. */
const movingCodes = new Set<string | undefined>([
  ...['MOVED', 'ASK', 'TRYAGAIN', 'CLUSTERDOWN', 'READONLY', 'MASTERDOWN', 'LOADING', 'UNBLOCKED'],
]);

/** The masters of a Redis Cluster: one connection to each that has keys of a link. */
export class ClusterNodes implements Nodes {
  readonly #options: NodesOptions;
  readonly #directory: ClusterDirectory;
  readonly #servers = new Map<string, Server>();
  /** When the servers that no link uses were used last, by `performance.now()`. */
  readonly #unused = new Map<string, number>();
  /** Links with their hash tag. */
  readonly #links = new Map<SlotLink, string>();
  readonly #plain = new Map<string, SlotLink>();
  #open = true;
  #connected = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: NodesOptions) {
    this.#options = options;
    const { target, logger } = options;
    this.#directory = new ClusterDirectory({
      target,
      logger,
      connectionTo: (node) => {
        const connection = this.#servers.get(node)?.connection;
        return connection?.isReady ? connection : undefined;
      },
      onChange: () => this.#update(),
    });
  }

  connect(): void {
    if (!this.#open) return;
    this.#connected = true;
    this.#timer ??= setInterval(() => this.#look(), lookMs);
    if (this.#directory.ageMs > refreshMs) this.#directory.refresh();
    for (const server of this.#servers.values()) server.connect();
  }

  suspend(): void {
    this.#connected = false;
    clearInterval(this.#timer);
    this.#timer = undefined;
    for (const server of this.#servers.values()) server.suspend();
    for (const link of this.#links.keys()) link.release();
  }

  close(): void {
    this.#open = false;
    this.suspend();
    this.#directory.close();
    for (const server of this.#servers.values()) server.close();
    for (const link of [...this.#links.keys()]) link.close();
  }

  link(tag: string, checks?: LinkChecks): Link {
    const plain = checks === undefined ? this.#plain.get(tag) : undefined;
    if (plain !== undefined) return plain;
    const slot = hashSlot(tag);
    const owner = () => this.#serverOf(slot)?.connection;
    const link = this.#addLink(tag, { owner, connect: () => this.connect() }, checks ?? {});
    if (checks === undefined) this.#plain.set(tag, link);
    return link;
  }

  blockingLink(tag: string, name: string): OwnLink {
    const slot = hashSlot(tag);
    const { target, logger, replyTimeoutMs } = this.#options;
    const own = new OwnConnection((owner, onChange) => {
      return new RedisConnection({ target: serverIn(target, owner), name, logger, replyTimeoutMs, onChange });
    });
    const owner = () => own.to(this.#directory.ownerOf(slot));
    const connect = () => {
      this.connect();
      own.connect();
    };
    const close = () => {
      own.close();
      this.#links.delete(link);
    };
    const link = this.#addLink(tag, { owner, connect, close }, {});
    own.onChange(() => link.update());
    return link;
  }

  replicated(tag: string): ReplicatedScripts | undefined {
    if (this.#options.durability === undefined) return undefined;
    const slot = hashSlot(tag);
    return {
      run: async (script, input, leftMs) => {
        const calls = this.#serverOf(slot)?.replicated;
        if (calls === undefined) throw new NotConnectedError();
        try {
          return await calls.run(script, input, leftMs);
        } catch (error) {
          throw this.#readError(slot, error);
        }
      },
    };
  }

  jobsClient(tag: string, name: string): JobsClient {
    const slot = hashSlot(tag);
    return newJobsClient(this.#options.target, name, () => this.#findOwner(slot));
  }

  masters(): readonly Master[] {
    return this.#directory.masters;
  }

  masterOf(tag: string): string | undefined {
    return this.#directory.ownerOf(hashSlot(tag));
  }

  memory(tag: string): MemoryFigures {
    const slot = hashSlot(tag);
    const figures = () => this.#serverOf(slot)?.memory ?? unknownMemory;
    return {
      get isHigh() {
        return figures().isHigh;
      },
      get maxBytes() {
        return figures().maxBytes;
      },
      refusal: (cause) => figures().refusal(cause),
      poll: () => figures().poll(),
    };
  }

  refusal(tag: string): string | undefined {
    return this.#serverOf(hashSlot(tag))?.refusal;
  }

  #addLink(tag: string, own: Pick<SlotDirectory, 'owner' | 'connect' | 'close'>, checks: LinkChecks): SlotLink {
    const slot = hashSlot(tag);
    const search = this.#directory;
    const directory: SlotDirectory = {
      ...own,
      get fatal() {
        return search.fatal;
      },
      get lastError() {
        return search.lastError;
      },
      readError: (error) => this.#readError(slot, error),
    };
    const link = new SlotLink(directory, checks, this.#options.callTimeoutMs);
    this.#links.set(link, tag);
    link.update();
    return link;
  }

  /** The server that has a slot; undefined while none is known. */
  #serverOf(slot: number): Server | undefined {
    const name = this.#directory.ownerOf(slot);
    if (name === undefined) return undefined;
    const known = this.#servers.get(name);
    if (known !== undefined || !this.#open) return known;
    const server: Server = new Server(
      this.#options,
      serverIn(this.#options.target, name),
      () => this.#readyTag(server),
      () => {
        if (!server.connection.isReady) this.#directory.refresh();
        this.#update();
      },
    );
    this.#servers.set(name, server);
    if (this.#connected) server.connect();
    return server;
  }

  #readyTag(server: Server): string | undefined {
    for (const [link, tag] of this.#links) {
      if (link.isReady && this.#serverOf(hashSlot(tag)) === server) return tag;
    }
    return undefined;
  }

  /** Learns from a failed call where the keys are. A redirection means that nothing was done. */
  #readError(slot: number, error: unknown): unknown {
    const code = replyCode(error);
    const asked = this.#directory.ownerOf(slot);
    if (error instanceof Error && code === 'MOVED' && asked !== undefined) {
      this.#directory.moved(error.message, addressOf(asked));
    } else if (failureKind(error) === 'lost' || failureKind(error) === 'unsent' || movingCodes.has(code)) {
      this.#directory.refresh();
    }
    return error instanceof Error && (code === 'MOVED' || code === 'ASK') ? new RedirectedError(error) : error;
  }

  async #findOwner(slot: number): Promise<ResolvedTarget> {
    const end = performance.now() + findMs;
    while (this.#open && performance.now() < end) {
      this.#directory.refresh();
      await sleep(findPauseMs);
      const owner = this.#directory.ownerOf(slot);
      if (owner !== undefined) return serverIn(this.#options.target, owner);
    }
    throw new Error('no master of the keys is known');
  }

  /** Asks for the slots while a link is not ready, and now and then. */
  #look(): void {
    const isAway = [...this.#links.keys()].some((link) => !link.isReady);
    if (isAway) this.#timer?.ref();
    else this.#timer?.unref();
    if (isAway || this.#directory.ageMs > refreshMs) this.#directory.refresh();
    this.#disconnectUnused();
  }

  #update(): void {
    for (const link of this.#links.keys()) link.update();
  }

  #disconnectUnused(): void {
    const used = new Set([...this.#links.values()].map((tag) => this.#directory.ownerOf(hashSlot(tag))));
    const now = performance.now();
    for (const [name, server] of this.#servers) {
      if (used.has(name)) {
        this.#unused.delete(name);
        continue;
      }
      const since = this.#unused.get(name) ?? now;
      this.#unused.set(name, since);
      if (now - since < unusedMs) continue;
      this.#unused.delete(name);
      this.#servers.delete(name);
      server.close();
    }
  }
}

function serverIn(target: ResolvedTarget, name: string): ResolvedTarget {
  return { ...target, server: addressOf(name) };
}
