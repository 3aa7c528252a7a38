import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { readMemo, writeMemo } from '../../../../generator/output/memo-file.js';
import { isText, Memo } from '../../../../generator/support/memo.js';

let place: { readonly file: string; readonly key: string };

beforeEach(() => {
  place = { file: join(mkdtempSync(join(tmpdir(), 'hyvve-memo-')), 'cache/a.memo'), key: 'k1' };
});
afterEach(() => rmSync(join(dirname(place.file), '..'), { recursive: true, force: true }));

const value = 'two lines\nand “quotes” \u2028 \ud800';

function write(at = place, result = value): void {
  const memo = new Memo([]);
  memo.store('step', 'input', result);
  memo.store('step', 'other', 'other');
  writeMemo(at, memo, true);
}

const read = (at = place) => readMemo(at).find('step', 'input', isText);

it('the results of a run are found by the next process', () => {
  expect(read()).toBeUndefined();
  write();
  expect(read()).toBe(value);
  expect(readdirSync(dirname(place.file))).toEqual(['a.memo']);
});

it('a file of another version, or of a catalog whose file was copied, is not used', () => {
  write();
  expect(read({ ...place, key: 'k2' })).toBeUndefined();
});

it('a file with any other byte, without its end, or with more text is not used', () => {
  write();
  const text = readFileSync(place.file);
  for (let at = 0; at < text.length; at += 1) {
    const changed = Buffer.from(text);
    changed[at] = (changed[at] ?? 0) ^ 1;
    writeFileSync(place.file, changed);
    expect(read(), `byte ${at}`).toBeUndefined();
    writeFileSync(place.file, text.subarray(0, at));
    expect(read(), `first ${at} bytes`).toBeUndefined();
  }
  writeFileSync(place.file, Buffer.concat([text, Buffer.from('\nstep x 0 1')]));
  expect(read()).toBeUndefined();
  writeFileSync(place.file, text);
  expect(read()).toBe(value);
});

it('a folder that cannot be written, or a folder in place of the file: nothing is stored, and nothing fails', () => {
  writeFileSync(dirname(place.file), 'a file');
  write();
  expect(read()).toBeUndefined();
  rmSync(dirname(place.file));
  mkdirSync(place.file, { recursive: true });
  write();
  expect(read()).toBeUndefined();
  expect(readdirSync(dirname(place.file))).toEqual(['a.memo']);
});

it('the files of eight catalogs are kept, those that were written last', () => {
  for (let index = 1; index <= 10; index += 1) {
    const at = { ...place, file: join(dirname(place.file), `${index}.memo`) };
    write(at);
    if (index < 10) utimesSync(at.file, index, index);
  }
  const names = readdirSync(dirname(place.file)).sort((a, b) => Number.parseInt(a, 10) - Number.parseInt(b, 10));
  expect(names).toEqual([3, 4, 5, 6, 7, 8, 9, 10].map((index) => `${index}.memo`));
});

it('a file that a killed process did not finish is removed after an hour', () => {
  write();
  const [old, fresh] = ['a.memo.000000000000.tmp', 'b.memo.111111111111.tmp'];
  for (const name of [old, fresh]) writeFileSync(join(dirname(place.file), name), 'hyvve');
  utimesSync(join(dirname(place.file), old), Date.now() / 1000 - 3601, Date.now() / 1000 - 3601);
  write();
  expect(readdirSync(dirname(place.file)).sort()).toEqual(['a.memo', fresh]);
});
