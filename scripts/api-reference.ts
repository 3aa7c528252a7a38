import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { apiEntries, extractApi } from './extract-api.js';

/** Ignored by git: the docstrings are the source. */
const out = 'docs/reference';

/** Writes a page for each exported name of each public entry, from the docstrings, with API Extractor's documenter. */
function main(): void {
  const temporaryFolder = resolve('node_modules/.cache/api-reference');
  rmSync(resolve(out), { recursive: true, force: true });
  for (const entry of apiEntries) {
    console.log(`${out}/${entry.report} …`);
    const models = join(temporaryFolder, entry.report);
    mkdirSync(models, { recursive: true });
    extractApi(entry, {
      reportFolder: temporaryFolder,
      temporaryFolder,
      writesReport: true,
      modelFile: join(models, `${entry.report}.api.json`),
    });
    const args = ['markdown', '--input-folder', models, '--output-folder', join(out, entry.report)];
    execFileSync('api-documenter', args, { stdio: ['ignore', 'ignore', 'inherit'] });
  }
  const links = apiEntries.map(({ report }) => `- [${report}](${report}/index.md)`);
  writeFileSync(
    join(out, 'README.md'),
    `# API reference\n\nMade by \`npm run api:reference\`. One page for each export of each entry:\n\n${links.join('\n')}\n`,
  );
  rmSync(temporaryFolder, { recursive: true, force: true });
  console.log(`written: ${out}/README.md`);
}

main();
