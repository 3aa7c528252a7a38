import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';

let folder = '';

afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** A package with the command's file, and with entries that print their own paths. Times are seconds; the greater is newer. */
function packageWith(times: Readonly<Record<string, number>>): string {
  folder = mkdtempSync(join(tmpdir(), 'hyvve-bin-'));
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
  cpSync('generator/bin', join(folder, 'bin'), { recursive: true });
  for (const [path, time] of Object.entries(times)) {
    mkdirSync(join(folder, path, '..'), { recursive: true });
    writeFileSync(join(folder, path), `export const main = () => console.log('${path}');`);
    utimesSync(join(folder, path), time, time);
  }
  return join(folder, 'bin/hyvve-events.js');
}

const loaded = (times: Readonly<Record<string, number>>) =>
  execFileSync(process.execPath, [packageWith(times)], { encoding: 'utf8' }).trim();

test('the command runs the bundle; without one, or after a later compilation, the compiled modules', () => {
  expect(loaded({ 'bundle/cli.js': 1, 'dist/cli.js': 2 })).toBe('bundle/cli.js');
  expect(loaded({ 'bundle/cli.js': 3, 'dist/cli.js': 1, 'dist/tsconfig.tsbuildinfo': 2 })).toBe('bundle/cli.js');
  expect(loaded({ 'bundle/cli.js': 1, 'dist/cli.js': 1, 'dist/tsconfig.tsbuildinfo': 2 })).toBe('dist/cli.js');
  expect(loaded({ 'dist/cli.js': 1 })).toBe('dist/cli.js');
});

test('the command says that it is not built when neither exists', () => {
  const { status, stderr } = spawnSync(process.execPath, [packageWith({})], { encoding: 'utf8' });
  expect({ status, stderr }).toEqual({ status: 2, stderr: 'hyvve-events is not built: run `npm run build` first\n' });
});
