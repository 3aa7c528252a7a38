import type { PrivateRedis } from '../../../scripts/redis-server.js';
import type { Effect } from '../history/history.js';
import type { ProxyMode } from '../redis/tcp-proxy.js';
import { awayEffects } from './away.js';
import type { Recorder } from './recorder.js';

/** A process that handles events, and the URL by which it reaches Redis. */
interface Member {
  readonly name: string;
  readonly url: string;
  readonly leaseMs: number;
}

/** What a fault concerns. Without a process or URL: every process. */
interface Scope {
  readonly process?: string;
  /** The processes that reach Redis by this URL. */
  readonly url?: string;
  /** Whether the processes send no heartbeats meanwhile. Default: false. */
  readonly isAway?: boolean;
}

interface OpenFault extends Scope {
  readonly name: string;
  readonly at: number;
  /** Effects whatever its duration. */
  readonly effects: readonly Effect[];
  until?: number;
}

/** Ends a fault. */
export type EndFault = () => void;

/** The time within which a process replaces a half-open connection, in milliseconds. */
const noticedAfterMs = 3_000;

/** The faults that a test causes. They are recorded at its end, when their durations and the processes are known. */
export class Faults {
  readonly #recorder: Recorder;
  readonly #members: Member[] = [];
  readonly #faults: OpenFault[] = [];
  /** The last change of each proxy, by its URL. */
  readonly #links = new Map<string, { readonly fault?: OpenFault | undefined; readonly cutAt?: number }>();
  /** Ends of the faults that last, by what has failed. */
  readonly #lasting = new Map<string, EndFault>();

  constructor(recorder: Recorder) {
    this.#recorder = recorder;
  }

  /** Adds a process that handles events. */
  addMember(name: string, url: string, leaseMs = 30_000): void {
    this.#members.push({ name, url, leaseMs });
  }

  /** A fault that lasts until it is ended. */
  begin(name: string, effects: readonly Effect[], scope: Scope = {}): EndFault {
    const fault = this.#add(name, effects, scope);
    return () => {
      fault.until ??= this.#recorder.now();
    };
  }

  /** Signals to a process: a stopped one sends no heartbeats. */
  signal(process: string, signal: NodeJS.Signals): void {
    if (signal === 'SIGSTOP') this.#begin(process, 'the process is stopped', [], { process, isAway: true });
    if (signal === 'SIGCONT') this.#end(process);
    if (signal === 'SIGKILL') this.ended(process, 'killed');
  }

  /** A process has ended. */
  ended(process: string, how: 'closed' | 'killed'): void {
    this.#end(process);
    this.#recorder.write({ kind: 'process-end', process, how });
  }

  /** A proxy has changed. */
  link(url: string, change: ProxyMode | 'cut'): void {
    const now = this.#recorder.now();
    const { fault, cutAt = 0 } = this.#links.get(url) ?? {};
    if (change === 'cut') {
      if (fault?.until !== undefined) fault.until = Math.min(fault.until, now);
      this.#links.set(url, { fault, cutAt: now });
      return;
    }
    // Connections that were not closed stay broken until the processes notice it.
    if (fault !== undefined) fault.until ??= now - cutAt < 100 ? now : now + noticedAfterMs;
    if (change !== 'pass')
      this.#links.set(url, { fault: this.#add(`a proxy in mode ${change}`, [], { url, isAway: true }) });
  }

  /** Wraps the server under test: its outages are recorded. @param keepsAll Whether it writes everything to disk at once. */
  watchServer(server: PrivateRedis, keepsAll: () => boolean): PrivateRedis {
    const down = (name: string, effects: readonly Effect[]) => this.#begin('server', name, effects, { isAway: true });
    return Object.assign(Object.create(server) as PrivateRedis, {
      kill: () => {
        down('Redis is killed', keepsAll() ? [] : ['repeat', 'loss']);
        return server.kill();
      },
      shutdown: () => {
        down('Redis is shut down', []);
        return server.shutdown();
      },
      restart: async () => {
        if (!this.#lasting.has('server')) down('Redis is restarted', []);
        await server.restart();
        this.#end('server');
      },
    });
  }

  /** Records all faults. */
  record(): void {
    for (const { name, at, effects, isAway, until, process, url } of this.#faults) {
      const concerned = this.#members.filter(
        (member) => (process ?? member.name) === member.name && (url ?? member.url) === member.url,
      );
      for (const member of concerned) {
        const end = until ?? this.#recorder.now();
        const away = isAway ? awayEffects(end - at, member.leaseMs) : [];
        // A loss concerns no single process, and publishers too.
        const all = [...new Set([...effects.filter((effect) => effect !== 'loss'), ...away])];
        if (all.length === 0) continue;
        const fault = { name, process: member.name, effects: all };
        this.#recorder.write({ kind: 'fault', ...fault, ...(until === undefined ? {} : { until }) }, at);
      }
      if (effects.includes('loss')) {
        this.#recorder.write({ kind: 'fault', name, effects: ['loss'], ...(until === undefined ? {} : { until }) }, at);
      }
    }
  }

  #add(name: string, effects: readonly Effect[], { isAway = false, ...of }: Scope): OpenFault {
    const fault: OpenFault = { name, at: this.#recorder.now(), effects, isAway, ...of };
    this.#faults.push(fault);
    return fault;
  }

  #begin(of: string, ...fault: Parameters<Faults['begin']>): void {
    this.#lasting.set(of, this.begin(...fault));
  }

  #end(of: string): void {
    this.#lasting.get(of)?.();
    this.#lasting.delete(of);
  }
}
