import { writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { bundleOf, publisherSource } from './weight/bundles.js';
import { installedWith } from './weight/installed.js';
import { installScripts, packageLimits, publisherBytes } from './weight/limits.js';
import { bytesOfFolders, type Loading, measureLoading, unpackedBytes } from './weight/measure.js';

const help = `Measures what the packages weigh: packages and bytes that npm installs, time and memory of an import, the size of a bundle.

  npm run weight                a page on stdout
  npm run weight -- --write     writes docs/footprint.md
  npm run weight -- --rounds 1  number of new processes for each import (default 9)
`;

/** A process that uses packages of this repository. */
interface Use {
  readonly name: string;
  /** Folder of the package of this repository that is installed; npm adds those that it needs. */
  readonly package: string;
  /** What it loads, and how the page describes it. */
  readonly script: string;
  readonly loads: string;
}

const publisher = "await import('@hyvve-events/runtime'); await import('@hyvve-events/sdk/approval');";
const uses: readonly Use[] = [
  {
    name: 'a service that only publishes',
    package: 'generated',
    script: publisher,
    loads: 'the runtime and one domain of the SDK',
  },
  {
    name: 'a service that handles events',
    package: 'generated',
    script: `${publisher} await import('bullmq');`,
    loads: 'the same, and BullMQ, which `start()` loads',
  },
  {
    name: 'the generator',
    package: 'generator',
    script: "await import('@hyvve-events/generator');",
    loads: 'its API',
  },
  {
    name: 'the admin service',
    package: 'admin',
    script: "await import('@hyvve-events/admin');",
    loads: 'its API, with the HTTP server and the embedded database',
  },
];

const megabytes = (bytes: number) => `${(bytes / 1_000_000).toFixed(1)} MB`;
const kilobytes = (bytes: number) => `${Math.round(bytes / 1_000).toLocaleString('en')} kB`;
function rowOf({ name, package: root, script, loads }: Use, rounds: number): string {
  const { folders } = installedWith(root);
  const isOurs = (folder: string) => !folder.startsWith('node_modules/');
  const ours = [root, ...folders.filter(isOurs)];
  const others = folders.filter((folder) => !isOurs(folder));
  const bytes = bytesOfFolders(others) + ours.reduce((sum, folder) => sum + unpackedBytes(folder), 0);
  const { importMs, memoryMiB }: Loading = measureLoading(script, rounds);
  const loading = `${Math.round(importMs)} ms, ${Math.round(memoryMiB)} MiB | ${loads}`;
  return `| ${name} | ${folders.length + 1} | ${megabytes(bytes)} | ${loading} |`;
}

async function page(rounds: number): Promise<string> {
  const bundle = await bundleOf(publisherSource);
  const limits = Object.entries(packageLimits).map(([folder, limit]) => `\`${folder}\` ${limit}`);
  const scripts = Object.entries(installScripts).map(([name, what]) => `| \`${name}\` | ${what} |`);
  return `# Footprint

Written by \`npm run weight -- --write\`; do not edit. What a process installs, loads and bundles. Times are the shortest, memory the median, of
${rounds} new processes, without Node itself; compare their ratios, not their values, with those of another machine
(${cpus().length} × ${cpus()[0]?.model ?? 'unknown'}, Node ${process.versions.node}).

| what | packages | installed | import | what is imported |
|---|---|---|---|---|
${uses.map((use) => rowOf(use, rounds)).join('\n')}

"packages" and "installed" are what \`npm install --omit=optional\` adds to an empty folder, our own packages included.

## A bundle

A service that only publishes, bundled and minified with esbuild: ${kilobytes(bundle.bytes)}, with the validators of one domain. BullMQ
is not part of it: it is in a file of its own, which \`start()\` of a bus with handlers and replays of an operator load. Packages in
the bundle: ${bundle.packages.map((name) => `\`${name}\``).join(', ')}.

A bundler must support \`import()\`; with esbuild, use \`--splitting --format=esm\`, or \`--external:bullmq\` for a service that only
publishes. If BullMQ cannot be loaded, \`start()\` rejects with \`DEPENDENCY_MISSING\` ([errors](errors.md)), and publishing works.

## Limits

A test fails when the bundle has more than ${kilobytes(publisherBytes)}, contains BullMQ or a second domain of the SDK, or when a package
installs more packages than these (without optional ones, and without itself): ${limits.join(', ')}.

## Install scripts

Everything works after \`npm ci --ignore-scripts --omit=optional\`, for each of the packages. These install scripts remain:

| package | what its script does |
|---|---|
${scripts.join('\n')}

The runtime, the SDK and the admin service install no telemetry. \`@scarf/scarf\` cannot be left out by the generator and the models, because npm
applies \`overrides\` of the project alone; no code loads it. Its report is turned off by \`"scarfSettings": { "enabled": false }\` in
the \`package.json\` of the project that installs them, as in this repository, by the variable \`SCARF_ANALYTICS=false\`, or
by \`--ignore-scripts\`.

In this repository, \`npm ci\` also runs the script of \`esbuild\`, a tool of the tests, which verifies its binary, and \`prepare\`, which
builds the packages.
`;
}

const { values } = parseArgs({
  options: { write: { type: 'boolean' }, rounds: { type: 'string', default: '9' }, help: { type: 'boolean' } },
});
const rounds = Number(values.rounds);
if (!Number.isInteger(rounds) || rounds < 1) throw new Error('--rounds must be a whole number from 1');
if (values.help === true) process.stdout.write(help);
else {
  const text = await page(rounds);
  if (values.write === true) writeFileSync('docs/footprint.md', text);
  else process.stdout.write(text);
}
