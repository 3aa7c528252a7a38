import { hostname } from 'node:os';
import { randomName } from '../../event/ids.js';
import { plainVersion } from '../../event/versions.js';
import type { Logger } from '../../logger.js';
import type { PreparedEvent } from '../../publish/prepare-event.js';
import type { RedisConnection } from '../connection/redis-connection.js';
import type { Keys } from '../store/keys.js';
import { registerPublisherScript } from './publisher-registry.lua.js';

export interface PublisherRegistryOptions {
  readonly connection: RedisConnection;
  readonly keys: Keys;
  readonly logger: Logger;
  readonly service: string;
  readonly catalogHash: string | undefined;
}

/** Interval of the heartbeats of a process that has published, in milliseconds. */
const heartbeatMs = 20_000;
/** Time between the first publish of a version and its report, in milliseconds: one report for the versions of several publishes. */
const firstReportMs = 50;

/**
 * Reports which versions this process publishes, for `operator.versions`: shortly after the first publish of each, then with each
 * heartbeat, and when the bus closes. A process that has not published has no heartbeat. A publish never waits for a report, and
 * no report makes a publish fail.
 */
export class PublisherRegistry {
  readonly #options: PublisherRegistryOptions;
  readonly #name = `${hostname()}-${process.pid}-${randomName()}`;
  readonly #startedAt = new Date().toISOString();
  /** By type: all that this process has published. `name` is `<type>@<version>`. */
  readonly #publishes = new Map<string, { readonly version: string; readonly name: string }>();
  /** `<type>@<version>` since the last report. */
  readonly #recent = new Set<string>();
  /** Type and version of the last event: usually, the next one has them too. */
  #lastType = '';
  #lastVersion = '';
  /** The description that Redis has. */
  #sent: string | undefined;
  #soon: NodeJS.Timeout | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: PublisherRegistryOptions) {
    this.#options = options;
  }

  /** To be called for every publish that Redis has accepted. */
  observe(events: readonly PreparedEvent[]): void {
    for (const { type, version } of events) {
      if (type !== this.#lastType || version !== this.#lastVersion) this.#note(type, version);
    }
  }

  /** Reports what has not been reported, and that this process publishes no more. Never rejects. */
  async close(): Promise<void> {
    clearTimeout(this.#soon);
    clearInterval(this.#timer);
    if (this.#publishes.size > 0) await this.#report(true);
  }

  #note(type: string, version: string): void {
    this.#lastType = type;
    this.#lastVersion = version;
    const known = this.#publishes.get(type);
    const name = known?.version === version ? known.name : `${type}@${plainVersion(version)}`;
    this.#recent.add(name);
    if (known?.version === version) return;
    this.#publishes.set(type, { version, name });
    this.#soon ??= setTimeout(() => {
      this.#soon = undefined;
      void this.#report();
    }, firstReportMs).unref();
    this.#timer ??= setInterval(() => void this.#report(), heartbeatMs).unref();
  }

  /** Never rejects: what could not be reported is part of the next report. */
  async #report(isLast = false): Promise<void> {
    const { connection, keys, logger, service } = this.#options;
    if (!connection.isReady) return;
    const { publishers, publishersSeen: seen, published } = keys;
    const described = this.#describe();
    const names = [...this.#recent];
    const recent = names.map((name) => `${name} ${service}`);
    this.#recent.clear();
    // The next event is noted, also if it has the type of the last one.
    this.#lastType = '';
    const call = async (description: string) =>
      connection.tryOnce(
        registerPublisherScript.call({
          publishers,
          seen,
          published,
          publisher: this.#name,
          description,
          ends: isLast ? 1 : 0,
          recent,
        }),
      );
    try {
      if (described === this.#sent && (await call('')) === 1) return;
      await call(described);
      this.#sent = described;
    } catch (error) {
      for (const name of names) this.#recent.add(name);
      logger.debug({ err: error }, 'could not report which versions this process publishes');
    }
  }

  #describe(): string {
    const { service, catalogHash } = this.#options;
    const publishes = Object.fromEntries([...this.#publishes].map(([type, { version }]) => [type, version]));
    const process_ = { host: hostname(), pid: process.pid, startedAt: this.#startedAt };
    return JSON.stringify({ service, ...process_, catalogHash, publishes });
  }
}
