/**
 * Checks the history of a test: `npx tsx scripts/check-history.ts FILE...`, with the files of all its processes. Prints the report, and
 * exits with 1 if a rule does not hold.
 */
import { readFileSync } from 'node:fs';
import { checkHistory } from '../test/support/history/check-history.js';
import { parseHistory } from '../test/support/history/parse-history.js';
import { formatReport } from '../test/support/history/report.js';

const files = process.argv.slice(2);
if (files.length === 0) {
  console.error('usage: npx tsx scripts/check-history.ts FILE...');
  process.exitCode = 2;
} else {
  const report = checkHistory(files.flatMap((file) => parseHistory(readFileSync(file, 'utf8'), file)));
  console.log(formatReport(report));
  if (report.violations.length > 0) process.exitCode = 1;
}
