import {
  lstatSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { replaceFile } from '../../../../generator/output/replace-file.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'hyvve-replace-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

it('writes a new file', () => {
  replaceFile(join(folder, 'a.yaml'), 'new');
  expect(readFileSync(join(folder, 'a.yaml'), 'utf8')).toBe('new');
});

it.skipIf(process.platform === 'win32')('keeps permissions, and writes the file that a link leads to', () => {
  const [file, link] = [join(folder, 'a.yaml'), join(folder, 'b.yaml')];
  writeFileSync(file, 'old', { mode: 0o600 });
  symlinkSync('a.yaml', link);
  replaceFile(link, 'new');
  expect(lstatSync(link).isSymbolicLink()).toBe(true);
  expect(readFileSync(file, 'utf8')).toBe('new');
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(readdirSync(folder).sort()).toEqual(['a.yaml', 'b.yaml']);
});
