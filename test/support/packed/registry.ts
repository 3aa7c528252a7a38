import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { freePort } from '../../../scripts/redis-server.js';
import { until } from '../wait.js';

const run = promisify(execFile);

/** The folders of all packages that are published. */
export const packageFolders = [
  'runtime',
  'catalog-model',
  'create',
  'generator',
  'generated',
  'admin',
  'nestjs',
  'models',
] as const;

/** A package as `npm pack` makes it. */
export interface Packed {
  readonly folder: string;
  readonly tarball: string;
  /** The paths of its files. */
  readonly files: readonly string[];
}

/** A private npm registry with the packages of this repository; it passes on the requests for all other packages. */
export interface Registry {
  readonly url: string;
  readonly packages: readonly Packed[];
  stop(): Promise<void>;
}

/** Packs all packages from their build, starts a registry and publishes them. */
export async function startRegistry(): Promise<Registry> {
  const folder = await mkdtemp(join(tmpdir(), 'hyvve-registry-'));
  const [{ child, url }, packages] = await Promise.all([startVerdaccio(folder), packAll(folder)]);
  await Promise.all(packages.map(({ tarball }) => publish(tarball, url)));
  return {
    url,
    packages,
    stop: async () => {
      const ended = new Promise((done) => child.once('exit', done));
      child.kill('SIGKILL');
      await ended;
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** npm reads its registry from the environment; scripts of packages inherit it. */
export function npmEnvironment(registry: string): NodeJS.ProcessEnv {
  const { NODE_OPTIONS: _options, NODE_PATH: _path, ...inherited } = process.env;
  const npm = Object.fromEntries(Object.entries(inherited).filter(([name]) => !/^npm_/i.test(name)));
  const quiet = { npm_config_audit: 'false', npm_config_fund: 'false', npm_config_update_notifier: 'false' };
  return { ...npm, ...quiet, npm_config_registry: registry, NO_UPDATE_NOTIFIER: '1' };
}

async function startVerdaccio(folder: string): Promise<{ readonly child: ChildProcess; readonly url: string }> {
  const port = await freePort();
  const { stdout } = await run('npm', ['config', 'get', 'registry']);
  const config = {
    storage: join(folder, 'storage'),
    web: { enable: false },
    uplinks: { public: { url: stdout.trim(), maxage: '60m', timeout: '60s', max_fails: 100 } },
    packages: {
      '@hyvve-events/*': { access: '$all', publish: '$all' },
      '@acme/*': { access: '$all', publish: '$all' },
      'create-hyvve-events': { access: '$all', publish: '$all' },
      '**': { access: '$all', proxy: 'public' },
    },
    max_body_size: '100mb',
    log: { type: 'stdout', format: 'pretty', level: 'error' },
  };
  const file = join(folder, 'verdaccio.yaml');
  // JSON is YAML.
  await writeFile(file, JSON.stringify(config));
  const child = spawn(
    process.execPath,
    [resolve('node_modules/verdaccio/bin/verdaccio'), '--config', file, '--listen', `127.0.0.1:${port}`],
    { stdio: ['ignore', 'ignore', 'inherit'] },
  );
  const url = `http://127.0.0.1:${port}/`;
  await until('the registry answers', async () => {
    const answer = await fetch(`${url}-/ping`).catch(() => undefined);
    return answer?.ok === true;
  });
  return { child, url };
}

/** `npm pack` of every folder. */
async function packAll(destination: string): Promise<readonly Packed[]> {
  return Promise.all(
    packageFolders.map(async (folder) => {
      const args = ['pack', '--json', '--ignore-scripts', '--pack-destination', destination];
      const { stdout } = await run('npm', args, { cwd: resolve(folder) });
      const [report] = JSON.parse(stdout) as { filename: string; files: { path: string }[] }[];
      if (report === undefined) throw new Error(`npm pack of ${folder} reports no package`);
      return { folder, tarball: join(destination, report.filename), files: report.files.map(({ path }) => path) };
    }),
  );
}

async function publish(tarball: string, url: string): Promise<void> {
  // The registry accepts everybody, but npm asks for a token before it publishes.
  const token = `--${url.replace('http:', '')}:_authToken=none`;
  await run('npm', ['publish', tarball, '--ignore-scripts', '--registry', url, token], { env: npmEnvironment(url) });
}
