import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { missed, unmeasured } from '../../scripts/bench/report.js';
import type { Scenario } from '../../scripts/bench/scenario.js';

/** Runs the benchmark as `npm run bench` does after its build. */
async function bench(...args: readonly string[]) {
  const child = spawn(process.execPath, ['--import', 'tsx', 'scripts/bench.ts', ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  const [stdout, stderr, code] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
  return { stdout, stderr, code };
}

test('bench --smoke: every scenario runs from beginning to end and measures every figure of its goals', async () => {
  const { stdout, stderr, code } = await bench('--smoke', '--json');
  expect(code, stderr).toBe(0);
  const figures = JSON.parse(stdout) as Record<string, Record<string, unknown>>;
  expect(Object.keys(figures)).toEqual(expect.arrayContaining(['publish', 'memory', 'admin', 'generator', 'usages']));
  // Of JSON: what is not a number is null.
  expect(Object.values(figures).flatMap((each) => Object.values(each))).not.toContain(null);
}, 300_000);

test('a figure that is missing or not a number is reported by the name of its scenario', () => {
  const goals = [
    { figure: 'vsRaw', least: 1 },
    { figure: 'p95Ms', least: 10 },
  ];
  const scenario: Scenario = { name: 'publish', description: '', goals, run: () => Promise.resolve({}) };
  const results = [{ scenario, figures: { vsRaw: 0.5, heldMiB: Number.NaN } }];
  expect(unmeasured(results)).toEqual([
    'publish: p95Ms was not measured: undefined',
    'publish: heldMiB was not measured: NaN',
  ]);
  expect(missed(results)).toEqual([
    'publish: vsRaw is 0.5, but must reach 1',
    'publish: p95Ms is undefined, but must reach 10',
  ]);
});
