import { createRequire } from 'node:module';

/** The version of this package. The packages of the project are released together, so it is also that of the runtime. */
export function ownVersion(): string {
  const { version } = createRequire(import.meta.url)('@hyvve-events/generator/package.json') as { version: string };
  return version;
}
