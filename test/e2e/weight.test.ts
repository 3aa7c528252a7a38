import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

test('weight: writes docs/footprint.md, apart from what differs between machines', async () => {
  const { stdout } = await promisify(execFile)(process.execPath, [
    ...['--import', 'tsx', 'scripts/weight.ts', '--rounds', '1'],
  ]);
  const page = await readFile('docs/footprint.md', 'utf8');
  expect(withoutFigures(stdout), 'fix: npm run weight -- --write').toBe(withoutFigures(page));
  // Every import was measured.
  expect(stdout.match(/\| \d+ ms, \d+ MiB \|/g)?.length).toBe(4);
});

function withoutFigures(page: string): string {
  return page.replace(/^\(.+, Node .+\)\.$/m, '').replaceAll(/-?\d[\d.,]*/g, 'N');
}
