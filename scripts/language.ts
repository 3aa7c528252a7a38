/**
 * Finds words of a private dialect that earlier texts of this project used: a reader who knows the field, or whose second
 * language is English, does not find them in other documentation. Prints each place with the word to use instead, and exits
 * with 1 where it finds one. `npm run lint` runs it.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** A banned expression, and what to write instead. */
const banned: readonly (readonly [expression: string, instead: string])[] = [
  ['mend(s|ed|ing)?', 'fix, correct; of a dead letter: retry'],
  ['told', 'notified, reported, returned, printed'],
  ['bury|buries|buried|burying', 'dead-letter (verb)'],
  ['innocent', 'healthy'],
  ['guilty', 'poison message'],
  ['suspects?', 'quarantined'],
  ['ledgers?', 'state'],
  ['hand(s|ed)? (out|on)', 'deliver, pass on'],
  ['look(s|ed|ing)? at', 'check, inspect, read, scan'],
  ["(?<!['=])(somebody|nobody)(?!')", 'no process, no service, another operator'],
  ['anew', 'again'],
  ['lately', 'recently'],
  ['stands?(?! for)|stood', 'is, is in, is listed in'],
  ['tells?(?!( \\S+){0,4} apart)', 'notify, report, return, print'],
];

/** Texts that are not ours to word, texts of released files, and generated texts. */
const excluded = [
  ...['LICENSE', 'package-lock.json', 'scripts/language.ts', 'catalog/history/', 'generator/schemas/'],
  ...['admin/migrations/', 'test/golden/', 'generated/changes.json'],
];
const textFile = /\.(ts|tsx|mts|mjs|js|json|md|ya?ml|css|html|sh)$|^\.ci\/run$/;

const expression = new RegExp(`\\b(?:${banned.map(([words]) => `(${capturingNothing(words)})`).join('|')})\\b`, 'gi');

/** The expression without groups that capture: each banned expression is one group. */
function capturingNothing(words: string): string {
  return words.replace(/\((?!\?)/g, '(?:');
}

function report(file: string): number {
  let found = 0;
  for (const [index, line] of readFileSync(file, 'utf8').split('\n').entries()) {
    for (const match of line.matchAll(expression)) {
      const instead = banned[match.slice(1).findIndex((group) => group !== undefined)]?.[1] ?? '';
      console.error(`${file}:${index + 1}: "${match[0]}": write instead: ${instead}`);
      found += 1;
    }
  }
  return found;
}

const files = execFileSync('git', ['ls-files', '-z'], { encoding: 'utf8' }).split('\0');
const checked = files.filter((file) => textFile.test(file) && !excluded.some((path) => file.startsWith(path)));
const found = checked.reduce((sum, file) => sum + report(file), 0);
if (found > 0) {
  console.error(`${found} words of the project's old dialect: docs/glossary.md has the terms`);
  process.exitCode = 1;
}
