import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import { expect, it } from 'vitest';
import { useRedis } from '../support/redis/redis.js';

const server = useRedis();

it('without BullMQ: a service publishes, start is refused with DEPENDENCY_MISSING, and the process ends by itself', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'hyvve-light-'));
  try {
    const outfile = join(folder, 'main.mjs');
    await build({
      entryPoints: ['test/support/processes/light-main.ts'],
      bundle: true,
      platform: 'node',
      format: 'esm',
      // ioredis is CommonJS.
      banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
      conditions: ['@hyvve-events/source'],
      external: ['bullmq'],
      outfile,
      logLevel: 'error',
    });
    const { stdout } = await promisify(execFile)(process.execPath, [outfile, server.url], { timeout: 60_000 });
    expect(stdout.trim().split('\n')).toEqual([
      'published, duplicate: false',
      'first start: DEPENDENCY_MISSING',
      'second start: DEPENDENCY_MISSING',
      expect.stringContaining('the package bullmq cannot be loaded'),
    ]);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
