import { execFile } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { firstCatalog } from './first-catalog.js';
import { temporaryFolder } from './generator.js';

const run = promisify(execFile);

/** A folder with the catalog that `init` writes. */
export interface Shop {
  readonly path: string;
  /** Replaces a text of a file. Default: the file of the catalog's domain. */
  edit(from: string | RegExp, to: string, file?: string): Promise<void>;
  write(file: string, text: string): Promise<void>;
  /** Restores the catalog. */
  reset(): Promise<void>;
  /** Commits everything to a git repository in the folder. */
  commit(): Promise<void>;
  remove(): Promise<void>;
}

const domain = 'catalog/domains/order.yaml';

export async function createShop(): Promise<Shop> {
  const { path, remove } = await temporaryFolder();
  const write = async (file: string, text: string) => {
    await mkdir(dirname(join(path, file)), { recursive: true });
    await writeFile(join(path, file), text);
  };
  const reset = async () => {
    for (const [file, text] of Object.entries(firstCatalog)) await write(`catalog/${file}`, text);
  };
  const git = (...args: string[]) =>
    run('git', ['-c', 'user.name=test', '-c', 'user.email=test@example.com', ...args], { cwd: path });
  await reset();
  return {
    path,
    write,
    reset,
    remove,
    async edit(from, to, file = domain) {
      const text = await readFile(join(path, file), 'utf8');
      const changed = text.replace(from, to);
      if (changed === text) throw new Error(`${file} has no ${from}`);
      await write(file, changed);
    },
    async commit() {
      await git('init', '--quiet');
      await git('add', '--all');
      await git('commit', '--quiet', '--message', 'initial state');
    },
  };
}
