import { execFileSync, spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureChromium } from './chromium.js';
import { ensureModels } from './ensure-models.js';
import { ensurePostgres } from './ensure-postgres.js';
import { ensurePython } from './ensure-python.js';
import { ensureRedis } from './ensure-redis.js';

/** The part of vitest's JSON report that is read here. */
interface Report {
  readonly testResults: readonly {
    readonly name: string;
    readonly assertionResults: readonly { readonly title: string; readonly duration?: number | null }[];
  }[];
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numPendingTests: number;
  readonly numTodoTests: number;
  readonly numFailedTestSuites: number;
}

/** Builds everything, runs vitest with the given arguments, then prints the slowest tests and the result in one line. */
async function main(): Promise<number> {
  execFileSync('npm', ['run', '--silent', 'build'], { stdio: 'inherit' });
  await ensureRedis({ yes: true });
  ensurePostgres();
  ensureChromium();
  ensurePython();
  ensureModels();
  const folder = await mkdtemp(join(tmpdir(), 'hyvve-test-'));
  const reportFile = join(folder, 'report.json');
  const args = ['vitest', 'run', '--reporter=default', '--reporter=json', `--outputFile.json=${reportFile}`];
  const child = spawn('npx', [...args, ...process.argv.slice(2)], {
    stdio: 'inherit',
    env: { ...process.env, TESTS_ARE_BUILT: '1' },
  });
  const code = await new Promise<number>((resolve) => child.once('exit', (exitCode) => resolve(exitCode ?? 1)));
  try {
    const report = JSON.parse(await readFile(reportFile, 'utf8')) as Report;
    printSlowest(report);
    const skipped = report.numPendingTests + report.numTodoTests;
    // A file that cannot be loaded has no failed tests, but it is a failure.
    const failed = Math.max(report.numFailedTests, code === 0 ? 0 : 1);
    console.log(`\n${report.numPassedTests} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`);
    return code;
  } catch {
    console.log('\n0 passed, 1 failed');
    return 1;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

const slowestShown = 10;

/** Prints the slowest tests. */
function printSlowest({ testResults }: Report): void {
  const root = `${process.cwd()}/`;
  const tests = testResults.flatMap(({ name, assertionResults }) =>
    assertionResults.map(({ title, duration }) => ({
      ms: duration ?? 0,
      label: `${name.replace(root, '')}: ${title}`,
    })),
  );
  console.log(`\nThe ${slowestShown} slowest of ${tests.length} tests:`);
  for (const { ms, label } of tests.sort((a, b) => b.ms - a.ms).slice(0, slowestShown)) {
    console.log(`${(ms / 1_000).toFixed(1).padStart(7)} s  ${label}`);
  }
}

process.exitCode = await main();
