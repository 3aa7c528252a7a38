import { execFile } from 'node:child_process';
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

/** A folder outside the repository, in which commands run as on a machine of another team. */
export interface Outside {
  readonly folder: string;
  /** Runs a command of a shell, in a folder below this one. */
  run(command: string, options?: { readonly in?: string; readonly env?: NodeJS.ProcessEnv }): Promise<CommandResult>;
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
      const env = { ...environment, ...options.env };
      return new Promise((resolve) => {
        execFile('sh', ['-c', command], { cwd, env, maxBuffer: 64 * 1024 * 1024 }, (error, stdout, stderr) => {
          resolve({ code: typeof error?.code === 'number' ? error.code : error === null ? 0 : 1, stdout, stderr });
        });
      });
    },
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}
