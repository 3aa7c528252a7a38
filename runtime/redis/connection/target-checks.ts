import type { ConnectionOptions } from 'node:tls';

/** Throws an error with this message. */
export type Refuse = (problem: string) => never;

export type TargetOptions = Readonly<Record<string, unknown>>;

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
    return typeof value === 'boolean' ? value : this.#refuse(`redis.${name} must be true or false`);
  };

  readonly tls = (name: string): ConnectionOptions | undefined => {
    const value = this.#options[name];
    if (value === true) return {};
    if (value === false) return undefined;
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as ConnectionOptions;
    return this.#refuse(`redis.${name} must be true, false or options of a TLS connection`);
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
