import type { ConnectionOptions } from 'node:tls';
import { EventBusError } from '../../errors.js';
import type { ResolvedAccess } from './resolved-target.js';

/** Throws an error with this message. */
export type Refuse = (problem: string) => never;

export type TargetOptions = Readonly<Record<string, unknown>>;

/** The allowed forms of the option `redis`. */
export const targetForms =
  'a redis:// or rediss:// URL, { host, port } or { path } of a server, { sentinels, name }, or { nodes } of a cluster';

/** Options of ioredis that have another name here. */
const ourNames: Readonly<Record<string, string>> = { db: 'database', url: 'redis: url', sentinelTLS: 'sentinelTls' };

/** Refuses an option that is not in `names`. @param within The part of `redis` that has the options, such as `.options`. */
export function refuseUnknown(options: TargetOptions, names: readonly string[], refuse: Refuse, within = ''): void {
  for (const name of Object.keys(options)) {
    if (names.includes(name)) continue;
    const ours = ourNames[name];
    let hint = `it has ${names.join(', ')}`;
    if (ours !== undefined) hint = name === 'url' ? 'pass the URL itself' : `it is called ${ours}`;
    refuse(`redis${within} has no option ${JSON.stringify(name)}: ${hint}`);
  }
}

/** Reads the options of the access to a server. */
export function readAccess(check: TargetChecks): ResolvedAccess {
  return {
    database: check.whole('database', 0, 0, 999_999_999),
    ...check.optional('username', check.text),
    ...check.optional('password', check.text),
    ...check.optional('tls', check.tls),
  };
}

/** Checks of single options of `redis`. Each names the option in its error. */
export class TargetChecks {
  readonly #options: TargetOptions;
  readonly #refuse: Refuse;
  readonly #within: string;

  constructor(options: TargetOptions, refuse: Refuse, within = '') {
    this.#options = options;
    this.#refuse = refuse;
    this.#within = within;
  }

  readonly text = (name: string): string => {
    const value = this.#options[name];
    if (typeof value === 'string' && value !== '') return value;
    return this.#refuse(`redis.${this.#within}${name} must be a non-empty string`);
  };

  readonly flag = (name: string): boolean => {
    const value = this.#options[name];
    return typeof value === 'boolean' ? value : this.#refuse(`redis.${this.#within}${name} must be true or false`);
  };

  readonly tls = (name: string): ConnectionOptions | undefined => {
    const value = this.#options[name];
    if (value === true) return {};
    if (value === false) return undefined;
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as ConnectionOptions;
    return this.#refuse(`redis.${this.#within}${name} must be true, false or options of a TLS connection`);
  };

  whole(name: string, fallback: number, least: number, most: number): number {
    const value = this.#options[name] ?? fallback;
    if (typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most) return value;
    return this.#refuse(`redis.${this.#within}${name} must be a whole number from ${least} to ${most}`);
  }

  optional<Name extends string, Value>(
    name: Name,
    read: (name: string) => Value | undefined,
  ): { readonly [key in Name]?: Value } {
    const value = this.#options[name] === undefined ? undefined : read(name);
    return (value === undefined ? {} : { [name]: value }) as { readonly [key in Name]?: Value };
  }
}

/** Copies the values of a plain object, so that each getter is called only once. */
export function ownValues(given: object, refuse: Refuse): TargetOptions {
  try {
    const prototype: unknown = Object.getPrototypeOf(given);
    if (prototype !== null && Object.getPrototypeOf(prototype as object) !== null) {
      return refuse(`redis must be ${targetForms}, not an instance of ${nameOf(given)}: pass the address instead`);
    }
    return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
  } catch (error) {
    if (error instanceof EventBusError) throw error;
    return refuse(`redis must be ${targetForms}, not an object that cannot be read`);
  }
}

/** Describes the type of a value for an error. */
export function nameOf(value: unknown): string {
  if (value === null) return 'null';
  if (typeof value !== 'object') return typeof value === 'function' ? 'a function' : `a ${typeof value}`;
  const name: unknown = value.constructor?.name;
  return typeof name === 'string' && name !== '' ? name : 'an unknown class';
}
