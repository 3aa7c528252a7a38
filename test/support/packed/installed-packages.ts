import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { inject } from 'vitest';
import { lintTarball } from './package-checks.js';
import type { Packed } from './registry.js';

const run = promisify(execFile);

/** A package that the installed generator makes from the catalog of `hyvve-events init`, in a folder outside the repository. */
export const acme = '@acme/events';

/** A folder outside the repository, with all packages as `npm pack` makes them, and with a package of its own. */
export interface InstalledPackages {
  readonly folder: string;
  /** What npm printed to stderr while it installed all packages: its warnings. */
  readonly npmWarnings: string;
  /** Paths of the files in the tarball of a package, by the package's folder; of its own package, by the name {@link acme}. */
  filesOf(name: string): readonly string[];
  /** What publint and attw report about a package. They run while npm installs. */
  lintOf(name: string): Promise<readonly string[]>;
}

/** Installs all packages of this run; generates, builds, packs and installs {@link acme}. */
export async function installPackages(): Promise<InstalledPackages> {
  const folder = await mkdtemp(join(tmpdir(), 'hyvve-pack-'));
  const packed = new Map(inject('registry').packages.map((each) => [each.folder, each]));
  const tarballs = [...packed.values()].map(({ tarball }) => tarball);
  const lints = new Map([...packed.values()].map((each) => [each.folder, lintTarball(each.tarball)]));
  await writeFile(join(folder, 'package.json'), '{ "name": "service", "private": true, "type": "module" }');
  const small = ['--ignore-scripts', '--omit=optional', '--prefer-offline', '--no-audit', '--no-fund'];
  const install = await run('npm', ['install', ...small, ...tarballs], { cwd: folder });
  // Development dependencies of a service, as installed in the repository.
  await cp('node_modules/@types/node', join(folder, 'node_modules/@types/node'), { recursive: true });
  await symlink(resolve('node_modules/@jest'), join(folder, 'node_modules/@jest'));
  // A service lists TypeScript; without it, npm puts the older one of a dependency of modelina there.
  const compiler = join(folder, 'node_modules/.bin/tsc');
  await rm(compiler, { force: true });
  await symlink(resolve('node_modules/.bin/tsc'), compiler);
  const made = await packAcme(folder);
  packed.set(acme, made);
  lints.set(acme, lintTarball(made.tarball));
  return {
    folder,
    npmWarnings: install.stderr,
    filesOf: (name) => packed.get(name)?.files ?? [],
    lintOf: (name) => lints.get(name) ?? Promise.reject(new Error(`${name} is not packed`)),
  };
}

/** Generates the package, packs it as its user does, and installs it. */
async function packAcme(project: string): Promise<Packed> {
  const bin = join(project, 'node_modules/.bin/hyvve-events');
  const config = { out: 'acme', package: { name: acme, version: '1.0.0', license: 'MIT' } };
  await writeFile(join(project, 'hyvve-events.config.json'), JSON.stringify(config));
  await run(bin, ['init'], { cwd: project });
  await run(bin, ['generate'], { cwd: project });
  const folder = join(project, 'acme');
  await cp('LICENSE', join(folder, 'LICENSE'));
  const { stdout } = await run('npm', ['pack', '--json'], { cwd: folder, env: withTools() });
  // The output of the build is above the report.
  const report = JSON.parse(stdout.slice(stdout.search(/^\[$/m))) as { filename: string; files: { path: string }[] }[];
  const [{ filename, files }] = report as [(typeof report)[0]];
  const installed = join(project, 'node_modules', acme);
  await mkdir(installed, { recursive: true });
  await run('tar', ['-xzf', join(folder, filename), '-C', installed, '--strip-components=1']);
  return { folder: acme, tarball: join(folder, filename), files: files.map(({ path }) => path) };
}

/** The environment of a project that has installed TypeScript. */
function withTools(): NodeJS.ProcessEnv {
  const { PATH, NODE_OPTIONS: _options, ...others } = process.env;
  return Object.assign(others, { PATH: `${resolve('node_modules/.bin')}${delimiter}${PATH}` });
}

/** The errors of the compiler for files, with the strictest options. It writes the compiled files to `compiled`. */
export async function compile(folder: string, ...files: readonly string[]): Promise<string> {
  const strict = [
    '--strict',
    '--experimentalDecorators',
    '--exactOptionalPropertyTypes',
    '--noUncheckedIndexedAccess',
    '--outDir',
    'compiled',
  ];
  const args = [...strict, '--module', 'nodenext', '--target', 'es2022', '--skipLibCheck', 'false', ...files];
  return tsc(folder, [...args, '--types', 'node', '--ignoreConfig']);
}

/** Runs the compiler. @returns Its errors; `''` if there are none. */
export async function tsc(folder: string, args: readonly string[]): Promise<string> {
  const { stdout } = await run(resolve('node_modules/.bin/tsc'), args, { cwd: folder }).catch(
    (error: { stdout: string; message: string }) => ({ stdout: error.stdout || error.message }),
  );
  return stdout;
}
