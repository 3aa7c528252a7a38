import { defaultServerConditions } from 'vite';
import { defineConfig } from 'vitest/config';

// Packages resolve to their sources, so that no test uses an outdated build. The condition `module` is excluded: its files are
// for bundlers, and Node may not be able to load them.
const usual = defaultServerConditions.filter((condition) => condition !== 'module');
const conditions = ['@hyvve-events/source', ...usual];
// `scripts/test.ts` has built everything. Without it, as in an editor, the projects that need a build make it.
const isBuilt = process.env.TESTS_ARE_BUILT === '1';
interface Setups {
  /** Default true: each file has modules of its own. */
  readonly isolate?: boolean;
  /** Setups that build; `scripts/test.ts` has done this already. */
  readonly build?: string[];
  readonly always?: string[];
}
const project = (
  name: string,
  include: string[],
  testTimeout: number,
  { isolate = true, build = [], always = [] }: Setups = {},
) => ({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  // Time limits only end a test that hangs: they are long enough for a machine that is four times slower.
  test: {
    name,
    include,
    isolate,
    // What a test replaces must not reach the next file of a shared process.
    unstubGlobals: true,
    unstubEnvs: true,
    restoreMocks: true,
    testTimeout,
    globalSetup: [...(isBuilt ? [] : build), ...always],
    hookTimeout: 120_000,
    expect: { poll: { timeout: 20_000, interval: 50 } },
  },
});

const packages = 'test/support/project/build-packages.ts';
const web = 'test/support/browser/build-web.ts';

export default defineConfig({
  test: {
    // Most tests wait for Redis, a timer or a page: four at a time keep two cores busy.
    maxWorkers: 4,
    projects: [
      // Their modules are loaded once in each worker: loading them for each file took half of the time.
      project('fast', ['test/{unit,golden,project}/**/*.test.ts'], 120_000, { isolate: false }),
      project('redis', ['test/{redis,contract,e2e}/**/*.test.ts'], 120_000, { build: [packages] }),
      project('packed', ['test/packed/**/*.test.ts'], 300_000, {
        build: [packages, web],
        always: ['test/support/packed/setup.ts'],
      }),
      project('browser', ['test/browser/**/*.test.ts'], 120_000, { build: [web] }),
      project('admin', ['test/admin/**/*.test.ts'], 120_000, { build: [packages] }),
      project('chaos', ['test/chaos/**/*.test.ts'], 180_000),
    ],
  },
});
