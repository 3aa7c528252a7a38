import { defaultServerConditions } from 'vite';
import { defineConfig } from 'vitest/config';

/** Packages resolve to their sources, so that no test runs on a stale build. */
const conditions = ['@hyvve-events/source', ...defaultServerConditions];
const project = (name: string, include: string[], testTimeout: number) => ({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: { name, include, testTimeout, hookTimeout: 60_000 },
});

export default defineConfig({
  test: {
    maxWorkers: 2,
    projects: [
      project('fast', ['test/{runtime,generator,support,golden}/**/*.test.ts', 'test/*.test.ts'], 30_000),
      project('redis', ['test/{redis,contract,e2e}/**/*.test.ts'], 60_000),
      project('chaos', ['test/chaos/**/*.test.ts'], 180_000),
    ],
  },
});
