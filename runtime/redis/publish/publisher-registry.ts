import { hostname } from 'node:os';
import { randomName } from '../../event/ids.js';
import { plainVersion } from '../../event/versions.js';
import type { Logger } from '../../logger.js';
import type { PreparedEvent } from '../../publish/prepare-event.js';
import type { Partition } from '../partitions/partition.js';
import { registerPublisherScript } from './publisher-registry.lua.js';

export interface PublisherRegistryOptions {
  /** Where it reports now: readers add up the reports in all partitions. Undefined while no partition can be used. */
  readonly place: () => Partition | undefined;
  readonly logger: Logger;
  readonly service: string;
  readonly catalogHash: string | undefined;
}

/** Interval of the heartbeats of a process that has published, in milliseconds. */
const heartbeatMs = 20_000;
/** Time between the first publish of a version and its report, in milliseconds: one report for the versions of several publishes. */
const firstReportMs = 50;

/** One version of an event type that this process has published. */
interface PublishedHere {
  readonly type: string;
  readonly version: string;
  /** Whether it was published since the last report. */
  isRecent: boolean;
}

/**
 * Reports which versions this process publishes, for `operator.versions`: shortly after the first publish of each, then with each
 * heartbeat, and when the bus closes. A process that has not published has no heartbeat. A publish never waits for a report, and
 * no report makes a publish fail.
 */
export class PublisherRegistry {
  readonly #options: PublisherRegistryOptions;
  readonly #name = `${hostname()}-${process.pid}-${randomName()}`;
  readonly #startedAt = new Date().toISOString();
  /** By `<type>@<version>`: all that this process has published. */
  readonly #publishes = new Map<string, PublishedHere>();
  /** By type: the last of them. It is read for each published event, so it is found by a text that V8 has hashed. */
  readonly #last = new Map<string, PublishedHere>();
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
      const last = this.#last.get(type);
      if (last === undefined || !last.isRecent || last.version !== version) this.#note(type, version);
    }
  }

  /** Reports what has not been reported, and that this process publishes no more. Never rejects. */
  async close(): Promise<void> {
    clearTimeout(this.#soon);
    clearInterval(this.#timer);
    if (this.#publishes.size > 0) await this.#report(true);
  }

  #note(type: string, version: string): void {
    const name = `${type}@${plainVersion(version)}`;
    const known = this.#publishes.get(name);
    const published = known ?? { type, version, isRecent: true };
    published.isRecent = true;
    this.#last.set(type, published);
    if (known !== undefined) return;
    this.#publishes.set(name, published);
    this.#soon ??= setTimeout(() => {
      this.#soon = undefined;
      void this.#report();
    }, firstReportMs).unref();
    this.#timer ??= setInterval(() => void this.#report(), heartbeatMs).unref();
  }

  /** Never rejects: what could not be reported is part of the next report. */
  async #report(isLast = false): Promise<void> {
    const { place, logger, service } = this.#options;
    const { connection, keys } = place() ?? {};
    if (connection === undefined || keys === undefined || !connection.isReady) return;
    const { publishers, publishersSeen: seen, published } = keys;
    const described = this.#describe();
    const reported = [...this.#publishes].filter(([, { isRecent }]) => isRecent);
    const recent = reported.map(([name]) => `${name} ${service}`);
    for (const [, published] of reported) published.isRecent = false;
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
      for (const [, published] of reported) published.isRecent = true;
      logger.debug({ err: error }, 'could not report which versions this process publishes');
    }
  }

  #describe(): string {
    const { service, catalogHash } = this.#options;
    const versions = groupVersions(this.#publishes.values());
    const publishes = Object.fromEntries(versions);
    const process_ = { host: hostname(), pid: process.pid, startedAt: this.#startedAt };
    return JSON.stringify({ service, ...process_, catalogHash, publishes });
  }
}

/** Type → versions. */
function groupVersions(published: Iterable<PublishedHere>): ReadonlyMap<string, readonly string[]> {
  const versions = new Map<string, string[]>();
  for (const { type, version } of published) {
    const known = versions.get(type);
    if (known === undefined) versions.set(type, [version]);
    else known.push(version);
  }
  return versions;
}
