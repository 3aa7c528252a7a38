import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { changes } from '../../../../generator/diff/change.js';
import { rules } from '../../../../generator/rules/run-rules.js';

/** Rows of the table under a heading: the cells of each. */
async function tableOf(heading: string): Promise<string[][]> {
  const page = await readFile('docs/generator.md', 'utf8');
  const section = page.split(/^##+ /m).find((part) => part.startsWith(heading)) ?? '';
  const rows = section.split('\n').filter((line) => line.startsWith('| `'));
  return rows.map((row) =>
    row
      .split(/(?<!\\)\|/)
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
}

test('docs/generator.md lists every rule with its default', async () => {
  const listed = (await tableOf('Rules')).map(([code, severity]) => `${code} ${severity}`);
  expect(listed).toEqual(rules.map(({ code, severity }) => `\`${code}\` ${severity}`));
});

test('docs/generator.md lists every code of a change with what it breaks', async () => {
  const listed = (await tableOf('Codes of changes')).map(([code, breaks, against]) => [code, breaks, against]);
  const all = Object.entries(changes).map(([code, effect]) => [
    `\`${code}\``,
    effect.breaks.join(', ') || 'no one',
    effect.against.join(', ') || '–',
  ]);
  expect(listed).toEqual(all);
});
