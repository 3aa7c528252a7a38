import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';

test('the build removes compiled files without a source, and no other file', () => {
  const folder = mkdtempSync(join(tmpdir(), 'hyvve-stale-'));
  const outputs = (name: string) => ['.js', '.js.map', '.d.ts', '.d.ts.map'].map((end) => `dist/${name}${end}`);
  const kept = [
    ...outputs('index'),
    ...outputs('bus/bus'),
    'dist/worker.js',
    'dist/catalog.json',
    'dist/tsconfig.tsbuildinfo',
  ];
  const sources = ['index.ts', 'bus/bus.ts', 'worker.js'];
  for (const file of [...sources, ...kept, ...outputs('old'), ...outputs('bus/old')]) {
    mkdirSync(join(folder, dirname(file)), { recursive: true });
    writeFileSync(join(folder, file), '');
  }
  const output = execFileSync('node_modules/.bin/tsx', ['scripts/remove-stale-files.ts', folder], { encoding: 'utf8' });
  expect(output.trim().split('\n')).toHaveLength(8);
  const left = readdirSync(folder, { recursive: true, encoding: 'utf8', withFileTypes: true });
  const files = left.filter((entry) => entry.isFile()).map(({ parentPath, name }) => join(parentPath, name));
  expect(files.sort()).toEqual([...sources, ...kept].map((file) => join(folder, file)).sort());
  rmSync(folder, { recursive: true });
});
