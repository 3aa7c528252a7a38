/** What a server is. */
export interface ServerVersion {
  readonly product: 'Redis' | 'Valkey';
  /** Such as `7.0.15`. */
  readonly version: string;
  /** Whether it moves a slot with its keys in the background: Redis from 8.4 on, Valkey from 9.0 on. */
  readonly atomicMigration: boolean;
}

/** Reads the version from a reply to `INFO server`. Valkey also names the version of Redis with which it is compatible. */
export function serverVersionIn(info: string): ServerVersion {
  const field = (name: string) => new RegExp(`^${name}:(.*?)\\r?$`, 'm').exec(info)?.[1];
  const valkey = field('valkey_version');
  const version = valkey ?? field('redis_version') ?? 'unknown';
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const product = valkey === undefined ? 'Redis' : 'Valkey';
  const atomicMigration = product === 'Valkey' ? major >= 9 : major > 8 || (major === 8 && minor >= 4);
  return { product, version, atomicMigration };
}
