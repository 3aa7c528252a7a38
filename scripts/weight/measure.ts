import { execFileSync } from 'node:child_process';
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** Loading something in a new process. */
export interface Loading {
  /** In milliseconds, without the start of Node. */
  readonly importMs: number;
  /** Memory of the process afterwards (resident set), in MiB; that of an empty process is subtracted. */
  readonly memoryMiB: number;
}

/** The shortest time and the median of the memory of several new processes that run a module. @param script An ES module without imports of its own. */
export function measureLoading(script: string, rounds: number): Loading {
  const empty = runs('', rounds);
  const full = runs(script, rounds);
  const memory = (of: readonly Run[]) => median(of.map(({ rss }) => rss)) / 1024 / 1024;
  return { importMs: Math.min(...full.map(({ ms }) => ms)), memoryMiB: memory(full) - memory(empty) };
}

/** Size of folders on the disk, in bytes, without the `node_modules` in them. */
export function bytesOfFolders(folders: readonly string[]): number {
  return folders.reduce((sum, folder) => sum + bytesBelow(folder), 0);
}

const unpacked = new Map<string, number>();

/** Size of a package of this repository as its users install it, in bytes. @param folder Such as `runtime`. */
export function unpackedBytes(folder: string): number {
  const known = unpacked.get(folder);
  if (known !== undefined) return known;
  const args = ['pack', '--dry-run', '--json', '--ignore-scripts'];
  const [report] = JSON.parse(execFileSync('npm', args, { cwd: folder, encoding: 'utf8' })) as {
    unpackedSize: number;
  }[];
  const bytes = report?.unpackedSize ?? 0;
  unpacked.set(folder, bytes);
  return bytes;
}

interface Run {
  readonly ms: number;
  readonly rss: number;
}

function runs(script: string, rounds: number): readonly Run[] {
  const source = `const at = performance.now();
${script}
console.log(JSON.stringify({ ms: performance.now() - at, rss: process.memoryUsage().rss }));
process.exit();`;
  const args = ['--input-type=module', '-e', source];
  return Array.from(
    { length: rounds },
    () => JSON.parse(execFileSync(process.execPath, args, { encoding: 'utf8' })) as Run,
  );
}

function bytesBelow(folder: string): number {
  let bytes = 0;
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) bytes += entry.name === 'node_modules' ? 0 : bytesBelow(path);
    else if (entry.isFile()) bytes += statSync(path).size;
  }
  return bytes;
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}
