import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { apiEntries, extractApi } from './extract-api.js';

/**
 * Compares the public API of every package with its committed report, and writes the reports that differ.
 * @param isCheck Write nothing, and fail if a report differs.
 */
function main(isCheck: boolean): number {
  const reportFolder = resolve('docs/api');
  const temporaryFolder = resolve('node_modules/.cache/api-report');
  mkdirSync(temporaryFolder, { recursive: true });
  let failures = 0;
  for (const entry of apiEntries) {
    const result = extractApi(entry, {
      reportFolder,
      temporaryFolder,
      writesReport: !isCheck,
      // Read for each name: the report of the main entry may have just been written.
      isInMainEntry: (name) => exportsOf(join(reportFolder, `${entry.folder}.api.md`)).has(name),
    });
    if (result.errorCount > 0) failures += 1;
    if (result.apiReportChanged) {
      console.log(`docs/api/${entry.report}.api.md ${isCheck ? 'is out of date' : 'written'}`);
      if (isCheck) failures += 1;
    }
  }
  if (failures > 0) {
    console.error(
      'fix: run `npm run api`, and review the changed reports: they describe the public API. Add missing exports.',
    );
  }
  rmSync(temporaryFolder, { recursive: true, force: true });
  return failures === 0 ? 0 : 1;
}

/** Names that a report lists. */
function exportsOf(report: string): ReadonlySet<string> {
  if (!existsSync(report)) return new Set();
  const found = readFileSync(report, 'utf8').matchAll(/^export (?:declare )?(?:abstract )?\w+ (\w+)/gm);
  return new Set([...found].map(([, name = '']) => name));
}

process.exitCode = main(process.argv.includes('--check'));
