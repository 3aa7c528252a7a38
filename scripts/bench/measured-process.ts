import { spawn } from 'node:child_process';

/** What a process has used. */
export interface ProcessRun {
  /** Elapsed time, in milliseconds. */
  readonly ms: number;
  /** CPU time of all threads, in milliseconds. */
  readonly cpuMs: number;
  readonly peakMiB: number;
}

/** Prints what a process of Node has used when it exits: CPU time in ms, peak memory in MiB. */
const probe = `data:text/javascript,${encodeURIComponent(
  "process.on('exit', () => { const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage(); console.error('used', (userCPUTime + systemCPUTime) / 1000, maxRSS / 1024); });",
)}`;

/** Runs Node, from its start to its exit. @throws Error if it fails, with the end of its output */
export function runNode(args: readonly string[], cwd?: string): Promise<ProcessRun> {
  return runProcess(process.execPath, [`--import=${probe}`, ...args], cwd);
}

/** As {@link runNode}, of any program. Its CPU time and memory are 0. */
export async function runProcess(command: string, args: readonly string[], cwd = process.cwd()): Promise<ProcessRun> {
  const startedAt = performance.now();
  const child = spawn(command, args, { cwd, stdio: ['ignore', 'ignore', 'pipe'] });
  let output = '';
  child.stderr.on('data', (data: Buffer) => {
    output += data.toString();
  });
  const code = await new Promise((done) => child.once('close', done));
  const ms = performance.now() - startedAt;
  if (code !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${String(code)}: ${output.slice(-2000)}`);
  const [, cpuMs = 0, peakMiB = 0] = /^used (\S+) (\S+)$/m.exec(output) ?? [];
  return { ms, cpuMs: Number(cpuMs), peakMiB: Number(peakMiB) };
}
