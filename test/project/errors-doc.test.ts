import { readFile } from 'node:fs/promises';
import { deadLetterReasons, eventBusErrorCodes } from '@hyvve-events/runtime';
import { expect, test } from 'vitest';
import { problemCodes } from '../../generator/support/errors.js';

test.each([
  ['the runtime', 'At run time', eventBusErrorCodes],
  ['dead letters', 'Reasons of dead letters', deadLetterReasons],
  ['the generator', 'Of a catalog', problemCodes],
] as const)('docs/errors.md lists every code of %s, and no other', async (_side, heading, codes) => {
  const page = await readFile('docs/errors.md', 'utf8');
  const section = page.split(/^## /m).find((part) => part.startsWith(heading)) ?? '';
  const listed = [...section.matchAll(/^\| `([A-Z_]+)` \| (.+) \| (.+) \|$/gm)].map(([, code]) => code);
  expect(listed).toEqual([...codes]);
});
