import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { findRedisServer } from '../redis-server.js';
import { type Figures, type Goal, isBetterSmall, type Scenario } from './scenario.js';

/** A scenario and its figures. */
export interface Result {
  readonly scenario: Scenario;
  readonly figures: Figures;
}

/** The figures as lines for a terminal. @param compares Whether they are compared with the goals. */
export function printTable(results: readonly Result[], compares: boolean): string {
  const lines = results.flatMap(({ scenario, figures }) => [
    `${scenario.name}: ${scenario.description}`,
    ...Object.entries(figures).map(([figure, value]) => {
      const goal = compares ? scenario.goals.find((each) => each.figure === figure) : undefined;
      return `  ${figure.padEnd(18)} ${formatNumber(value).padStart(10)}${goal === undefined ? '' : `   ${verdict(goal, value)}`}`;
    }),
    '',
  ]);
  return lines.join('\n');
}

/** Figures of goals that a scenario did not measure, and figures that are not numbers. */
export function unmeasured(results: readonly Result[]): string[] {
  return results.flatMap(({ scenario, figures }) =>
    [...new Set([...scenario.goals.map(({ figure }) => figure), ...Object.keys(figures)])]
      .filter((figure) => !Number.isFinite(figures[figure]))
      .map((figure) => `${scenario.name}: ${figure} was not measured: ${figures[figure]}`),
  );
}

/** Goals that were not reached. */
export function missed(results: readonly Result[]): string[] {
  return results.flatMap(({ scenario, figures }) =>
    scenario.goals
      .filter((goal) => !reaches(goal.figure, figures[goal.figure] ?? Number.NaN, goal.least))
      .map(({ figure, least }) => `${scenario.name}: ${figure} is ${figures[figure]}, but must reach ${least}`),
  );
}

/** The text of `docs/benchmarks.md`. @param rounds Number of runs of which the medians are taken. */
export function printPage(results: readonly Result[], rounds: number): string {
  const rows = results.map(({ scenario, figures }) => {
    const shown = Object.entries(figures).map(([figure, value]) => `${figure} ${formatNumber(value)}`);
    const goals = scenario.goals.map((goal) => `${goal.figure} ${verdict(goal, figures[goal.figure] ?? Number.NaN)}`);
    return `| \`${scenario.name}\` | ${scenario.description} | ${shown.join('<br>')} | ${goals.join('<br>')} |`;
  });
  return `# Benchmarks

Written by \`npm run bench -- --write\`; do not edit. Each figure is the median of ${rounds} runs, which alternated
with their baselines on one Redis (append-only file on, written every second), in one process for client and handlers.
\`memory\` is one run. Compare ratios between machines, not rates: \`vsRaw\` is the ratio to ioredis without any guarantee,
\`vsBullmq\` the ratio to BullMQ, each the median of the ratios of the runs.

${machine()}

| scenario | description | figures | goals |
|---|---|---|---|
${rows.join('\n')}
`;
}

function machine(): string {
  const [cpu] = cpus();
  const version = (name: string) => {
    const { version: found } = JSON.parse(readFileSync(`node_modules/${name}/package.json`, 'utf8')) as {
      version: string;
    };
    return `${name} ${found}`;
  };
  const redis = execFileSync(findRedisServer() ?? 'redis-server', ['--version'], { encoding: 'utf8' });
  const gibibytes = Math.round(totalmem() / 1024 ** 3);
  return [
    `- ${cpus().length} × ${cpu?.model.trim()}, ${gibibytes} GiB, ${process.platform} ${process.arch}`,
    `- Node ${process.versions.node}, Redis ${/v=(\S+)/.exec(redis)?.[1] ?? 'unknown'}, ${version('ioredis')}, ${version('bullmq')}`,
    `- ${new Date().toISOString().slice(0, 10)}`,
  ].join('\n');
}

function verdict({ figure, least, aim }: Goal, value: number): string {
  const bound = isBetterSmall(figure) ? '≤' : '≥';
  const goal = aim === undefined ? `${bound} ${least}` : `${bound} ${least}, aim ${aim}`;
  if (!reaches(figure, value, least)) return `missed (${goal})`;
  return aim === undefined || reaches(figure, value, aim) ? `reached (${goal})` : `reached, not the aim (${goal})`;
}

function reaches(figure: string, value: number, bound: number): boolean {
  return isBetterSmall(figure) ? value <= bound : value >= bound;
}

function formatNumber(value: number): string {
  return value.toLocaleString('en-US', { maximumFractionDigits: 3 });
}
