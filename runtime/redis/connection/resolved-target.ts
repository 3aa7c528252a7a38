import type { ConnectionOptions } from 'node:tls';

/** Host and port of a server. */
export interface Address {
  readonly host: string;
  readonly port: number;
}

/** How a server is entered. */
export interface ResolvedAccess {
  readonly database: number;
  readonly username?: string;
  readonly password?: string;
  readonly tls?: ConnectionOptions;
}

/** The nodes of a Redis Cluster. */
export interface ResolvedCluster {
  /** Nodes that are asked for all others. */
  readonly nodes: readonly Address[];
  /** The address to use for the address, as `<host>:<port>`, that the cluster names. */
  readonly natMap: ReadonlyMap<string, Address>;
}

/** A checked `RedisTarget`. */
export interface ResolvedTarget extends ResolvedAccess {
  /** Undefined if the server is found through Sentinels, or by the slots of a cluster. */
  readonly server: Address | { readonly path: string } | undefined;
  readonly cluster?: ResolvedCluster;
  readonly sentinels?: readonly Address[];
  /** Name of the master that the Sentinels monitor. */
  readonly name?: string;
  readonly sentinelUsername?: string;
  readonly sentinelPassword?: string;
  readonly sentinelTls?: ConnectionOptions;
  readonly failoverDetector?: boolean;
}

/** A checked URL. */
export type ResolvedUrl = ResolvedAccess & { readonly server: Address };
