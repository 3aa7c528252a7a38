import { type JobsClient, newJobsClient } from './client.js';
import type { Link } from './link.js';
import type { MemoryFigures } from './memory-guard.js';
import type { LinkChecks, Master, Nodes, NodesOptions, OwnLink } from './nodes.js';
import { RedisConnection } from './redis-connection.js';
import type { ReplicatedScripts } from './replicated-calls.js';
import { Server } from './server.js';
import { SlotLink } from './slot-link.js';
import { nameOf } from './slot-table.js';

/** The nodes of one server, or of the master that Sentinels name: it has all keys. */
export class SingleNode implements Nodes {
  readonly #options: NodesOptions;
  readonly #server: Server;
  /** Links with their hash tag. */
  readonly #links = new Map<SlotLink, string>();
  readonly #plain = new Map<string, SlotLink>();

  constructor(options: NodesOptions) {
    this.#options = options;
    const readyTag = () => [...this.#links].find(([link]) => link.isReady)?.[1];
    this.#server = new Server(options, options.target, readyTag, () => this.#update());
  }

  connect(): void {
    this.#server.connect();
  }

  suspend(): void {
    this.#server.suspend();
    for (const link of this.#links.keys()) link.release();
  }

  close(): void {
    this.#server.close();
    for (const link of this.#links.keys()) link.close();
  }

  link(tag: string, checks?: LinkChecks): Link {
    const plain = checks === undefined ? this.#plain.get(tag) : undefined;
    if (plain !== undefined) return plain;
    const directory = {
      owner: () => this.#server.connection,
      connect: () => this.#server.connect(),
      onFatal: () => this.suspend(),
    };
    const link = new SlotLink(directory, checks ?? {}, this.#options.callTimeoutMs);
    if (checks === undefined) this.#plain.set(tag, link);
    this.#links.set(link, tag);
    link.update();
    return link;
  }

  blockingLink(_tag: string, name: string): OwnLink {
    const { target, logger, replyTimeoutMs } = this.#options;
    return new RedisConnection({ target, name, logger, replyTimeoutMs });
  }

  replicated(_tag: string): ReplicatedScripts | undefined {
    return this.#server.replicated;
  }

  jobsClient(_tag: string, name: string): JobsClient {
    return newJobsClient(this.#options.target, name);
  }

  masters(): readonly Master[] {
    return [{ address: this.#address, slots: undefined }];
  }

  masterOf(_tag: string): string {
    return this.#address;
  }

  get #address(): string {
    const { server, name = '' } = this.#options.target;
    if (server === undefined) return name;
    return 'path' in server ? server.path : nameOf(server);
  }

  memory(_tag: string): MemoryFigures {
    return this.#server.memory;
  }

  refusal(_tag: string): string | undefined {
    return this.#server.refusal;
  }

  #update(): void {
    for (const link of this.#links.keys()) link.update();
  }
}
