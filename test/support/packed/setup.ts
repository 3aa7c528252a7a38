import type { TestProject } from 'vitest/node';
import { type Registry, startRegistry } from './registry.js';

declare module 'vitest' {
  interface ProvidedContext {
    /** The private registry with the packages of this repository. */
    readonly registry: Pick<Registry, 'url' | 'packages'>;
  }
}

/** Runs once before the tests of the packed packages. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const { stop, url, packages } = await startRegistry();
  project.provide('registry', { url, packages });
  return stop;
}
