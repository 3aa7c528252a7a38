import { expect, it } from 'vitest';
import { isAnything, isText, isTrue, Memo } from '../../../../generator/support/memo.js';

const derive = (memo: Memo, input: string, made: string[] = []) =>
  memo.derive('step', input, isText, () => {
    made.push(input);
    return `result of ${input}`;
  });

/** What the next process reads after a run of this one. */
const nextOf = (memo: Memo, isWhole = true) => new Memo(memo.endRun(isWhole) ?? []);

it('a result is made once for each step and input, and the next process finds it', () => {
  const made: string[] = [];
  const memo = new Memo([]);
  for (const input of ['a', 'b', 'a']) expect(derive(memo, input, made)).toBe(`result of ${input}`);
  const next = nextOf(memo);
  expect(derive(next, 'a', made)).toBe('result of a');
  expect(made).toEqual(['a', 'b']);
  expect(next.find('another step', 'a', isAnything)).toBeUndefined();
});

it('a result of a type that the step cannot have is not used', () => {
  const memo = new Memo([]);
  memo.store('step', 'a', 7);
  expect(memo.find('step', 'a', isTrue)).toBeUndefined();
  expect(derive(memo, 'a')).toBe('result of a');
  const [entry] = memo.endRun(true) ?? [];
  const broken = new Memo([{ id: '', age: 0, ...entry, json: '{' }]);
  expect(derive(broken, 'a')).toBe('result of a');
});

it('a run in which every result was known has nothing to store', () => {
  const memo = new Memo([]);
  derive(memo, 'a');
  expect(memo.endRun(true)).toHaveLength(1);
  derive(memo, 'a');
  expect(memo.endRun(true)).toBeUndefined();
});

it('a result that four whole runs have not used is dropped, and a run that failed drops none', () => {
  let memo = new Memo([]);
  derive(memo, 'old');
  memo = nextOf(memo);
  const isKept = [false, false, false, false, false, true, true, true, true].map((isWhole, number) => {
    derive(memo, `new ${number}`);
    const stored = memo.endRun(isWhole) ?? [];
    memo = new Memo(stored);
    return stored.some(({ json }) => json === '"result of old"');
  });
  expect(isKept).toEqual([true, true, true, true, true, true, true, true, false]);
});

it('a result that one run of a process has used stays in the later runs of the process', () => {
  const memo = new Memo([]);
  derive(memo, 'unchanged');
  memo.endRun(true);
  for (const number of [1, 2, 3, 4, 5]) {
    derive(memo, `edit ${number}`);
    expect(memo.endRun(true)?.some(({ json }) => json === '"result of unchanged"')).toBe(true);
  }
});

it('without results of earlier runs to add to, nothing is stored', () => {
  const memo = new Memo();
  expect([derive(memo, 'a'), memo.find('step', 'a', isText), memo.endRun(true)]).toEqual([
    'result of a',
    undefined,
    undefined,
  ]);
});
