import { type ChildProcess, fork, spawn } from 'node:child_process';
import { cp, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

export interface CliResult {
  readonly code: number | null;
  readonly stdout: string;
  /** Without progress lines, which depend on the speed of the machine. */
  readonly stderr: string;
}

const repository = resolve('.');
const entry = join(repository, 'generator/bin/hyvve-events.js');

/** The command line of `hyvve-events`, as built by `build-packages.ts`. */
export function cliCommand(): { readonly command: string; readonly args: string[]; readonly env: NodeJS.ProcessEnv } {
  return { command: process.execPath, args: [entry], env: { ...process.env, NO_COLOR: '1' } };
}

const withoutProgress = (stderr: string) => stderr.replaceAll(/^… .*\n/gm, '');

let shared: ChildProcess | undefined;
let previous: Promise<unknown> = Promise.resolve();

/**
 * Runs `hyvve-events` in a process that the runs of a test file share: it loads the modules once, which takes most of the
 * time of a short run. Runs that are started in parallel run one after another.
 * @param cwd The working directory of the run.
 */
export function runCli(args: readonly string[], cwd: string): Promise<CliResult> {
  const run = previous.then(() => runInSharedProcess(args, cwd));
  previous = run.catch(() => undefined);
  return run;
}

async function runInSharedProcess(args: readonly string[], cwd: string): Promise<CliResult> {
  const { env } = cliCommand();
  shared ??= fork(join(repository, 'test/support/catalogs/cli-process.mjs'), { env, execArgv: [] });
  const child = shared;
  return await new Promise<CliResult>((done, fail) => {
    const ended = () => fail(new Error(`the process of hyvve-events ended during ${args.join(' ')}`));
    child.once('exit', ended);
    child.once('message', (result: CliResult) => {
      child.off('exit', ended);
      done({ ...result, stderr: withoutProgress(result.stderr) });
    });
    child.send({ args, cwd });
  });
}

/** Runs `hyvve-events` in a new process, as users do. @param cwd The working directory. */
export async function startCli(args: readonly string[], cwd: string): Promise<CliResult> {
  const { command, args: before, env } = cliCommand();
  const child = spawn(command, [...before, ...args], { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (data: Buffer) => {
    stdout += data.toString();
  });
  child.stderr.on('data', (data: Buffer) => {
    stderr += data.toString();
  });
  const code = await new Promise<number | null>((done) => child.once('close', done));
  return { code, stdout, stderr: withoutProgress(stderr) };
}

/** A temporary folder. */
export async function temporaryFolder(): Promise<{ readonly path: string; remove(): Promise<void> }> {
  const path = await mkdtemp(join(tmpdir(), 'hyvve-generator-'));
  return { path, remove: () => rm(path, { recursive: true, force: true }) };
}

/** Copies the platform's catalog to `folder/catalog`. */
export async function copyCatalog(folder: string): Promise<void> {
  await cp('catalog', join(folder, 'catalog'), { recursive: true });
}

/** Every file below a folder, by its path with `/`. */
export async function readTree(folder: string): Promise<ReadonlyMap<string, string>> {
  const files = new Map<string, string>();
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  for (const entry of entries.filter((each) => each.isFile())) {
    const path = join(entry.parentPath, entry.name);
    files.set(path.slice(folder.length + 1).replaceAll('\\', '/'), await readFile(path, 'utf8'));
  }
  return new Map([...files].sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Paths of the files that differ between two trees. */
export function differing(a: ReadonlyMap<string, string>, b: ReadonlyMap<string, string>): string[] {
  const paths = new Set([...a.keys(), ...b.keys()]);
  return [...paths].filter((path) => a.get(path) !== b.get(path)).sort();
}
