import type { Logger } from '../../logger.js';
import type { JobsClient } from './client.js';
import type { Link } from './link.js';
import type { MemoryFigures } from './memory-guard.js';
import type { Durability, ReplicatedScripts } from './replicated-calls.js';
import type { ResolvedTarget } from './resolved-target.js';

/** Checks of a link before other calls are sent. Each gets a link to the same server that sends its calls. */
export interface LinkChecks {
  /** Before the first use. An EventBusError that it throws, or a permanent refusal, is the link's `fatal`. */
  readonly onFirstConnect?: (link: Link) => Promise<void>;
  /** For each later connection, and for each new server that has the keys. */
  readonly onReconnect?: (link: Link) => Promise<void>;
}

/** A link with its own connection. */
export interface OwnLink extends Link {
  /** Closes its connection for good. */
  close(): void;
}

/** A server that has keys. */
export interface Master {
  /** `<host>:<port>`, the path of its socket, or the name of the master that Sentinels monitor. */
  readonly address: string;
  /** The ranges of slots that it has, ascending and inclusive; undefined without a cluster. */
  readonly slots: readonly { readonly from: number; readonly to: number }[] | undefined;
}

/**
 * The servers that have the keys of a bus: one server, the master that Sentinels name, or the masters of a Redis Cluster.
 * Keys are found by their hash tag, such as `hyvve:0` for all keys that begin with `{hyvve:0}`.
 */
export interface Nodes {
  /** Starts to connect if it has not started yet; does not wait. */
  connect(): void;
  /** Disconnects until {@link connect} or a call of a link. Suspended connections do not keep the process alive. */
  suspend(): void;
  /** Disconnects for good: later calls reject. Clients for BullMQ and blocking links are closed by their owners. */
  close(): void;
  /**
   * A link to the server that has the keys of a hash tag. All links to one server share a connection. Calls without checks
   * get the same link for the same tag.
   */
  link(tag: string, checks?: LinkChecks): Link;
  /** A link with its own connection, for calls that block. @param name Shown by `CLIENT LIST`. */
  blockingLink(tag: string, name: string): OwnLink;
  /**
   * Runs scripts on the server that has the keys of a hash tag, and waits for its replicas; undefined without
   * {@link NodesOptions.durability}.
   */
  replicated(tag: string): ReplicatedScripts | undefined;
  /** A client for BullMQ, connected to the server that has the keys of a hash tag. @param name Shown by `CLIENT LIST`. */
  jobsClient(tag: string, name: string): JobsClient;
  /** The servers that have keys, as far as they are known at present. */
  masters(): readonly Master[];
  /** The address of the server that has the keys of a hash tag; undefined while none is known. */
  masterOf(tag: string): string | undefined;
  /** The memory figures of the server that has the keys of a hash tag; only with {@link NodesOptions.watch}. */
  memory(tag: string): MemoryFigures;
  /** The error with which that server refuses commands at present; undefined if it accepts them, or without a `watch`. */
  refusal(tag: string): string | undefined;
}

/** Continuous checks of each server, as a bus needs them. */
export interface ServerWatch {
  /** Whether to accept a server that may evict keys. */
  readonly allowEviction: boolean;
  /** Share of `maxmemory` above which publishing is refused, 0 to 1. */
  readonly memoryLimit: number;
  /** Rejects if the server refuses the commands of this process at present. @param tag A hash tag whose keys it has. */
  readonly probe: (link: Link, tag: string) => Promise<void>;
}

export interface NodesOptions {
  readonly target: ResolvedTarget;
  /** Shown by `CLIENT LIST`. */
  readonly name: string;
  readonly logger: Logger;
  /** Time without any data, while a reply is due, after which a connection is renewed, in milliseconds. */
  readonly replyTimeoutMs: number;
  /** Time after which `Link.ask` rejects with `UNAVAILABLE`, in milliseconds. Default: no limit. */
  readonly callTimeoutMs?: number;
  /** Default: nothing waits for replicas. */
  readonly durability?: Durability | undefined;
  /** Default: servers are neither checked nor watched. */
  readonly watch?: ServerWatch;
}
