import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inject } from 'vitest';
import { npmEnvironment } from './registry.js';

/** The result of a command. */
export interface CommandResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Where a command runs, and what is in its environment in addition. */
export interface RunOptions {
  readonly in?: string;
  readonly env?: NodeJS.ProcessEnv;
}

/** A command that keeps running. */
export interface Started {
  readonly child: ChildProcess;
  /** Calls `listener` with each part of the output of both streams. */
  output(listener: (text: string) => void): void;
}

/** A folder outside the repository, in which commands run as on a machine of another team. */
export interface Outside {
  readonly folder: string;
  /** Runs a command of a shell, in a folder below this one. */
  run(command: string, options?: RunOptions): Promise<CommandResult>;
  /** Starts a command of a shell in a process group of its own. */
  start(command: string, options?: RunOptions): Started;
  remove(): Promise<void>;
}

/** Creates an empty folder, in which npm uses the private registry. */
export async function createOutside(): Promise<Outside> {
  const folder = await mkdtemp(join(tmpdir(), 'hyvve-outside-'));
  const environment = npmEnvironment(inject('registry').url);
  return {
    folder,
    run: (command, options = {}) => {
      const cwd = join(folder, options.in ?? '');
      // npx keeps packages that it has executed: a cache of its own gets those of this build.
      const cache = command.startsWith('npm create') ? { npm_config_cache: join(folder, '.npx') } : undefined;
      const env = { ...environment, ...cache, ...options.env };
      return new Promise((resolve) => {
        execFile('sh', ['-c', command], { cwd, env, maxBuffer: 64 * 1024 * 1024 }, (error, stdout, stderr) => {
          resolve({ code: typeof error?.code === 'number' ? error.code : error === null ? 0 : 1, stdout, stderr });
        });
      });
    },
    start: (command, options = {}) => {
      const cwd = join(folder, options.in ?? '');
      const env = { ...environment, ...options.env };
      const child = spawn('sh', ['-c', command], { cwd, env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
      return {
        child,
        output: (listener) => {
          for (const stream of [child.stdout, child.stderr]) {
            stream.on('data', (data: Buffer) => listener(data.toString()));
          }
        },
      };
    },
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}
