import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { build } from 'esbuild';
import { replaceFile } from '../generator/output/replace-file.js';

const source = 'generator/dist';
const target = 'generator/bundle';
const entry = 'cli.js';

/** The bundle is made again when one of these is newer. The compiler writes the first one in every build that changes something. */
const inputs = ['generator/dist/tsconfig.tsbuildinfo', 'package-lock.json', 'scripts/bundle.ts'];

/** Makes functions of CommonJS available to bundled packages that need them. */
const commonJs = `import { createRequire as createRequireOfBundle } from 'node:module';
import { dirname as dirnameOfBundle } from 'node:path';
import { fileURLToPath as pathOfBundle } from 'node:url';
const require = createRequireOfBundle(import.meta.url);
const __filename = pathOfBundle(import.meta.url);
const __dirname = dirnameOfBundle(__filename);`;

/** Packages that are not part of the bundle: peers, packages that read their own files, and those that few runs need. */
const external = ['@hyvve-events/*', 'chokidar', 'create-hyvve-events', 'jiti', 'ts-morph'];

/** Bundles the command line of the generator: a file for each command, and files for what several commands share. */
async function bundle(): Promise<void> {
  const { outputFiles, metafile } = await build({
    entryPoints: [join(source, entry)],
    outdir: target,
    chunkNames: 'chunks/[name]-[hash]',
    bundle: true,
    splitting: true,
    write: false,
    metafile: true,
    format: 'esm',
    platform: 'node',
    target: 'node20.19',
    mainFields: ['module', 'main'],
    external,
    // node-fetch needs it on versions of Node without URL only, and it loads a deprecated module of Node.
    alias: { 'whatwg-url': 'node:url' },
    banner: { js: commonJs },
    legalComments: 'inline',
    logLevel: 'warning',
  });
  const chunks = join(target, 'chunks');
  mkdirSync(chunks, { recursive: true });
  const entryFile = outputFiles.find(({ path }) => basename(path) === entry);
  if (entryFile === undefined) throw new Error(`esbuild wrote no ${entry}`);
  const others = outputFiles.filter((file) => file !== entryFile);
  // The names of chunks depend on their content, so a process that starts meanwhile finds those of one build.
  for (const { path, contents } of others) writeFileSync(path, contents);
  writeFileSync(join(target, 'LICENSES.txt'), licences(Object.keys(metafile.inputs)));
  replaceFile(join(target, entry), entryFile.text);
  const current = new Set(others.map(({ path }) => basename(path)));
  for (const name of readdirSync(chunks)) if (!current.has(name)) rmSync(join(chunks, name));
}

/** The licence of each bundled package, which must accompany its code. */
function licences(files: readonly string[]): string {
  const folders = new Set(files.flatMap((file) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(file)?.[0] ?? []));
  const texts = [...folders].sort().map((folder) => {
    const { name, version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as PackageJson;
    const file = readdirSync(folder).find((each) => /^licen[cs]e/i.test(each));
    const text = file === undefined ? '' : `\n\n${readFileSync(join(folder, file), 'utf8').trim()}`;
    return `${name} ${version}, ${license}${text}\n`;
  });
  return texts.join(`\n${'-'.repeat(80)}\n`);
}

interface PackageJson {
  readonly name: string;
  readonly version: string;
  readonly license: string;
}

function isUpToDate(): boolean {
  const made = timeOf(join(target, entry));
  return inputs.every((file) => timeOf(file) <= made);
}

function timeOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}

if (!isUpToDate()) await bundle();
