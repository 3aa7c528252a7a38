import { readFile } from 'node:fs/promises';
import { adminErrorStatus } from '@hyvve-events/admin';
import { expect, test } from 'vitest';

test('docs/admin.md lists every code with its status, and no other', async () => {
  const page = await readFile('docs/admin.md', 'utf8');
  const rows = [...page.matchAll(/^\| `([A-Z_]+)` \| (\d{3}) \| (.+) \|$/gm)];
  expect(rows.map(([, code, status]) => [code, Number(status)])).toEqual(Object.entries(adminErrorStatus));
});

test('docs/admin.md lists every variable of the environment that the configuration reads', async () => {
  const [page, source] = await Promise.all([readFile('docs/admin.md', 'utf8'), readFile('admin/config.ts', 'utf8')]);
  const read = new Set([...source.matchAll(/'([A-Z]+_[A-Z_]+|DATABASE_URL)'/g)].map(([, name]) => name));
  expect(read.size).toBeGreaterThan(15);
  const table = page.split('## Configuration')[1]?.split('\n## ')[0] ?? '';
  for (const name of read) expect(table).toContain(`\`${name}\``);
});
