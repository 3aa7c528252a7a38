import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { replaceFile } from '../../../../generator/output/replace-file.js';
import { problemsOf } from '../../../../generator/report/problems-of-error.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'hyvve-problems-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

it.each([
  ['a folder of this name', 'sdk', /^E\w+: .+, rename '[^']*\/sdk'$/],
  ['a folder that does not exist', 'missing/sdk', /^ENOENT: .+, open '[^']*\/missing\/sdk'$/],
])('FILE_UNWRITABLE names the file, not the temporary one: %s', (_name, path, message) => {
  mkdirSync(join(folder, 'sdk'));
  const file = join(folder, path);
  const problem = { code: 'FILE_UNWRITABLE', severity: 'error', file, line: 1, column: 1 };
  const hint = 'choose another folder, or make this one writable';
  expect(problemsOf(errorOf(() => replaceFile(file, 'text')))).toEqual([
    { ...problem, hint, message: expect.stringMatching(message) },
  ]);
  expect(existsSync(join(folder, 'sdk'))).toBe(true);
});

function errorOf(act: () => void): unknown {
  try {
    act();
  } catch (error) {
    return error;
  }
  throw new Error('no error was thrown');
}
