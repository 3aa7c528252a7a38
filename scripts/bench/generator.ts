import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { type ProcessRun, runNode, runProcess } from './measured-process.js';
import { type Bench, type Figures, median, rounded, type Scenario } from './scenario.js';
import { writeCatalog, writeOneChannel } from './synthetic-catalog.js';

const cli = resolve('generator/bin/hyvve-events.js');
const parser = resolve('scripts/bench/parse-alone.mjs');
const tsc = resolve('node_modules/.bin/tsc');

/** Maximum number of rounds: one takes a minute. */
const mostRounds = 3;

/**
 * The generator with synthetic catalogs, in whole processes, from start to exit. `…Ms` is elapsed time, `…CpuMs` the CPU time of all threads
 * of the process. `…VsParser` is the CPU time divided by that of AsyncAPI's parser alone, with the same document in the same round. `watchMs`
 * is the time from the change of one domain's file to the end of the run of `generate --watch`.
 */
export const generator: Scenario = {
  name: 'generator',
  description:
    'a catalog of 1,000 events in 50 domains: without the cache, with stored results of its steps but without output, one event changed, unchanged, one domain changed while watching; 5,000 events; and one channel with 1,000 messages and operations',
  goals: [
    { figure: 'coldVsParser', least: 2.5, aim: 1.6 },
    { figure: 'warmVsParser', least: 0.6 },
    { figure: 'changedVsParser', least: 0.6, aim: 0.3 },
    { figure: 'unchangedCpuMs', least: 150 },
    { figure: 'watchVsParser', least: 0.3 },
    { figure: 'growthVs100', least: 8 },
    { figure: 'growthVs1000', least: 8 },
    { figure: 'watchMs', least: 500 },
    { figure: 'oneChannelVsCold', least: 3 },
    { figure: 'peakMiB', least: 1024 },
  ],
  run: ({ rounds, size }) => benchGenerator(Math.max(1, Math.min(rounds, mostRounds)), size),
};

async function benchGenerator(rounds: number, size: Bench['size']): Promise<Figures> {
  const folder = await mkdtemp(join(tmpdir(), 'hyvve-bench-'));
  try {
    // The cache is in the nearest `node_modules`.
    await mkdir(join(folder, 'node_modules'));
    const eventsPerDomain = size(20);
    const catalogs = {
      large: await writeCatalog(join(folder, 'large'), { domains: size(50), eventsPerDomain }),
      small: await writeCatalog(join(folder, 'small'), { domains: size(5), eventsPerDomain }),
      huge: await writeCatalog(join(folder, 'huge'), { domains: size(250), eventsPerDomain }),
      channel: await writeOneChannel(join(folder, 'channel'), size(1000)),
    };
    const outOf = (name: string) => join(folder, `sdk-${name}`);
    const generate = (name: keyof typeof catalogs, ...more: string[]) => {
      const args = ['generate', '--catalog', catalogs[name], '--out', outOf(name), ...more];
      return runNode([cli, ...args], folder);
    };
    const withoutOutput = async (name: keyof typeof catalogs, ...more: string[]) => {
      await rm(outOf(name), { recursive: true, force: true });
      return generate(name, ...more);
    };
    const file = join(folder, 'large/domains/domain1.yaml');
    const text = await readFile(file, 'utf8');
    const all: Round[] = [];
    for (let round = 0; round < rounds; round += 1) {
      // One after the other in each round, so that other load on the machine affects all of them equally.
      const parsed = await runNode([parser, catalogs.large]);
      const cold = await withoutOutput('large', '--no-cache');
      const small = await withoutOutput('small', '--no-cache');
      const channel = await withoutOutput('channel', '--no-cache');
      await withoutOutput('large');
      const warm = await withoutOutput('large');
      const same = await generate('large');
      // Another constraint in one schema, so that the types and validators of its domain change as well.
      await writeFile(file, text.replace('minLength: 1', `minLength: ${round + 2}`));
      const changed = await generate('large');
      all.push({ parsed, cold, small, channel, warm, same, changed });
    }
    const figure = (of: (round: Round) => number) => rounded(median(all.map(of)));
    const parserMs = Math.round(figure(({ parsed }) => parsed.ms));
    const watchMs = Math.round(await watched(catalogs.large, outOf('large'), file, rounds));
    const huge = await withoutOutput('huge', '--no-cache');
    const coldCpuMs = figure(({ cold }) => cold.cpuMs);
    return {
      parserMs,
      parserCpuMs: Math.round(figure(({ parsed }) => parsed.cpuMs)),
      coldMs: Math.round(figure(({ cold }) => cold.ms)),
      coldVsParser: figure(({ cold, parsed }) => cold.cpuMs / parsed.cpuMs),
      warmMs: Math.round(figure(({ warm }) => warm.ms)),
      warmVsParser: figure(({ warm, parsed }) => warm.cpuMs / parsed.cpuMs),
      changedMs: Math.round(figure(({ changed }) => changed.ms)),
      changedVsParser: figure(({ changed, parsed }) => changed.cpuMs / parsed.cpuMs),
      unchangedMs: Math.round(figure(({ same }) => same.ms)),
      unchangedCpuMs: Math.round(figure(({ same }) => same.cpuMs)),
      watchMs,
      watchVsParser: rounded(watchMs / parserMs),
      cold100Ms: Math.round(figure(({ small }) => small.ms)),
      growthVs100: figure(({ cold, small }) => cold.cpuMs / small.cpuMs),
      cold5000Ms: Math.round(huge.ms),
      growthVs1000: rounded(huge.cpuMs / coldCpuMs),
      oneChannelMs: Math.round(figure(({ channel }) => channel.ms)),
      oneChannelVsCold: figure(({ channel, cold }) => channel.cpuMs / cold.cpuMs),
      peakMiB: Math.round(Math.max(...all.map(({ cold }) => cold.peakMiB))),
      warmPeakMiB: Math.round(Math.max(...all.map(({ warm }) => warm.peakMiB))),
      peak5000MiB: Math.round(huge.peakMiB),
      ...(await compile(folder, outOf('large'))),
    };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

type Round = Readonly<Record<'parsed' | 'cold' | 'small' | 'channel' | 'warm' | 'same' | 'changed', ProcessRun>>;

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

async function compile(
  folder: string,
  sdkFolder: string,
): Promise<{ readonly tscSdkMs: number; readonly tscServiceMs: number }> {
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
  const service = `import { domain1Handlers } from './${basename(sdkFolder)}/domain1.js';
import { Domain2Thing0 } from './${basename(sdkFolder)}/domain2.js';

export const subscriptions = domain1Handlers({
  onDomain1Thing0(event, ctx) {
    return ctx.publish(Domain2Thing0, event.data).then(() => undefined);
  },
});
`;
  await writeFile(join(folder, 'service.ts'), service);
  const sdk = await runProcess(tsc, [...options, join(basename(sdkFolder), 'index.ts')], folder);
  const one = await runProcess(tsc, [...options, 'service.ts'], folder);
  return { tscSdkMs: Math.round(sdk.ms), tscServiceMs: Math.round(one.ms) };
}
