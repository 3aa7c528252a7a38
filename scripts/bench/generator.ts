import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { type Figures, median, rounded, type Scenario } from './scenario.js';
import { writeCatalog, writeOneChannel } from './synthetic-catalog.js';

const cli = resolve('generator/bin/hyvve-events.js');
const tsc = resolve('node_modules/.bin/tsc');
/** Prints the peak memory of a process when it exits. */
const memoryProbe = `data:text/javascript,${encodeURIComponent(
  "process.on('exit', () => console.error('peak', process.resourceUsage().maxRSS));",
)}`;

/** Maximum number of rounds: one takes a minute. */
const mostRounds = 3;

/**
 * The generator with synthetic catalogs. Times are those of whole processes, from start to exit; `watchMs` is the time from
 * the change of one domain's file to the end of the run of `generate --watch`.
 */
export const generator: Scenario = {
  name: 'generator',
  description:
    'a catalog of 1,000 events in 50 domains: cold, unchanged, one domain changed while watching, and one channel with 1,000 messages and operations',
  goals: [
    { figure: 'coldVsParser', least: 2.5 },
    { figure: 'growthVs100', least: 8 },
    { figure: 'unchangedMs', least: 700 },
    { figure: 'watchMs', least: 500 },
    { figure: 'oneChannelVsCold', least: 3 },
    { figure: 'peakMiB', least: 1024 },
  ],
  run: ({ rounds }) => benchGenerator(Math.min(rounds, mostRounds)),
};

async function benchGenerator(rounds: number): Promise<Figures> {
  const folder = await mkdtemp(join(tmpdir(), 'hyvve-bench-'));
  try {
    const large = await writeCatalog(join(folder, 'large'), { domains: 50, eventsPerDomain: 20 });
    const small = await writeCatalog(join(folder, 'small'), { domains: 5, eventsPerDomain: 20 });
    const channel = await writeOneChannel(join(folder, 'channel'), 1000);
    const sdk = join(folder, 'sdk');
    const generate = (catalog: string, out: string, ...more: string[]) =>
      run(process.execPath, [`--import=${memoryProbe}`, cli, 'generate', '--catalog', catalog, '--out', out, ...more]);
    const found = {
      parser: [] as Run[],
      cold: [] as Run[],
      small: [] as Run[],
      channel: [] as Run[],
      same: [] as Run[],
    };
    for (let round = 0; round < rounds; round += 1) {
      for (const out of ['sdk', 'sdk-small', 'sdk-channel'])
        await rm(join(folder, out), { recursive: true, force: true });
      // Alternating, so that other load on the machine affects all of them equally.
      found.parser.push(
        await run(process.execPath, ['--import', 'tsx', resolve('scripts/bench/parse-alone.ts'), large]),
      );
      found.cold.push(await generate(large, sdk, '--no-cache'));
      found.small.push(await generate(small, join(folder, 'sdk-small'), '--no-cache'));
      found.channel.push(await generate(channel, join(folder, 'sdk-channel'), '--no-cache'));
      await generate(large, sdk);
      found.same.push(await generate(large, sdk));
    }
    const ms = (runs: readonly Run[]) => median(runs.map((each) => each.ms));
    const ratio = (a: readonly Run[], b: readonly Run[]) =>
      median(a.map((each, index) => each.ms / (b[index]?.ms ?? Number.NaN)));
    const compiled = await compile(folder);
    return {
      parserMs: Math.round(ms(found.parser)),
      coldMs: Math.round(ms(found.cold)),
      coldVsParser: rounded(ratio(found.cold, found.parser)),
      cold100Ms: Math.round(ms(found.small)),
      growthVs100: rounded(ratio(found.cold, found.small)),
      unchangedMs: Math.round(ms(found.same)),
      watchMs: Math.round(await watched(large, sdk, join(folder, 'large/domains/domain7.yaml'), rounds)),
      oneChannelMs: Math.round(ms(found.channel)),
      oneChannelVsCold: rounded(ratio(found.channel, found.cold)),
      peakMiB: Math.round(Math.max(...found.cold.map((each) => each.peakMiB))),
      ...compiled,
    };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

interface Run {
  readonly ms: number;
  readonly peakMiB: number;
}

async function run(command: string, args: readonly string[], cwd = process.cwd()): Promise<Run> {
  const startedAt = performance.now();
  const child = spawn(command, args, { cwd, stdio: ['ignore', 'ignore', 'pipe'] });
  let output = '';
  child.stderr.on('data', (data: Buffer) => {
    output += data.toString();
  });
  const code = await new Promise((done) => child.once('close', done));
  const ms = performance.now() - startedAt;
  if (code !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${String(code)}: ${output.slice(-2000)}`);
  return { ms, peakMiB: Number(/peak (\d+)/.exec(output)?.[1] ?? 0) / 1024 };
}

/** Time from a change of `file` until the watching process reports the end of its run; the median of several changes. */
async function watched(catalog: string, out: string, file: string, rounds: number): Promise<number> {
  const child = spawn(process.execPath, [cli, 'generate', '--watch', '--catalog', catalog, '--out', out], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  let waiting = () => {};
  child.stdout.on('data', (data: Buffer) => {
    if (/\d+ events/.test(data.toString())) waiting();
  });
  const done = () =>
    new Promise<void>((finished, failed) => {
      waiting = finished;
      setTimeout(() => failed(new Error('generate --watch did not finish within 60 s')), 60_000).unref();
    });
  try {
    await done();
    const text = await readFile(file, 'utf8');
    const times: number[] = [];
    for (let round = 0; round <= rounds; round += 1) {
      const finished = done();
      const startedAt = performance.now();
      await writeFile(file, text.replace('Id of the thing.', `Id of the thing, ${round}.`));
      await finished;
      // The first change of a process is slower (compilation, cold caches) and is not counted.
      if (round > 0) times.push(performance.now() - startedAt);
    }
    return median(times);
  } finally {
    child.kill();
  }
}

async function compile(folder: string): Promise<{ readonly tscSdkMs: number; readonly tscServiceMs: number }> {
  await mkdir(join(folder, 'node_modules/@hyvve-events'), { recursive: true });
  await symlink(resolve('runtime'), join(folder, 'node_modules/@hyvve-events/runtime'));
  await symlink(resolve('node_modules/@types'), join(folder, 'node_modules/@types'));
  await writeFile(join(folder, 'package.json'), '{ "type": "module" }');
  const options = [
    '--strict',
    '--noEmit',
    '--skipLibCheck',
    '--module',
    'nodenext',
    '--target',
    'es2022',
    '--types',
    'node',
  ];
  const service = `import { domain1Handlers } from './sdk/domain1.js';
import { Domain2Thing0 } from './sdk/domain2.js';

export const subscriptions = domain1Handlers({
  onDomain1Thing0(event, ctx) {
    return ctx.publish(Domain2Thing0, event.data).then(() => undefined);
  },
});
`;
  await writeFile(join(folder, 'service.ts'), service);
  const sdk = await run(tsc, [...options, 'sdk/index.ts'], folder);
  const one = await run(tsc, [...options, 'service.ts'], folder);
  return { tscSdkMs: Math.round(sdk.ms), tscServiceMs: Math.round(one.ms) };
}
