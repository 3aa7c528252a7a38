import { writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { admin } from './bench/admin.js';
import { publishCluster } from './bench/cluster.js';
import { consume, consumeThree } from './bench/consume.js';
import { endToEnd } from './bench/end-to-end.js';
import { failover } from './bench/failover.js';
import { generator } from './bench/generator.js';
import { memory } from './bench/memory.js';
import { consumeOrdered } from './bench/ordered.js';
import { consumePartitioned, publishPartitioned } from './bench/partitions.js';
import { publish } from './bench/publish.js';
import { publishBatch } from './bench/publish-batch.js';
import { publishById } from './bench/publish-by-id.js';
import { publishSequential } from './bench/publish-sequential.js';
import { read } from './bench/read.js';
import { missed, printPage, printTable, type Result, unmeasured } from './bench/report.js';
import { retry } from './bench/retry.js';
import type { Scenario } from './bench/scenario.js';
import { usages } from './bench/usages.js';
import { ensureRedis } from './ensure-redis.js';
import { startRedis } from './redis-server.js';

const scenarios: readonly Scenario[] = [
  publish,
  publishSequential,
  publishBatch,
  publishById,
  read,
  consume,
  consumeThree,
  publishPartitioned,
  consumePartitioned,
  publishCluster,
  failover,
  consumeOrdered,
  retry,
  endToEnd,
  memory,
  admin,
  generator,
  usages,
];

const help = `Measures the bus on a private Redis, alternating with its baselines.

  npm run bench                        a table
  npm run bench -- --only publish,consume
  npm run bench -- --json              JSON on stdout, by scenario
  npm run bench -- --write             also writes docs/benchmarks.md; requires all scenarios
  npm run bench -- --rounds 3          number of runs of each scenario (default 5)
  npm run bench -- --smoke             once, with a thousandth of the events: shows that every scenario works, measures nothing

Scenarios: ${scenarios.map(({ name }) => name).join(', ')}
Exit code 1 when a goal is missed; with --smoke, when the figure of a goal is missing.
`;

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      only: { type: 'string' },
      json: { type: 'boolean' },
      write: { type: 'boolean' },
      rounds: { type: 'string', default: '5' },
      smoke: { type: 'boolean' },
      help: { type: 'boolean' },
    },
  });
  if (values.help) {
    process.stdout.write(help);
    return 0;
  }
  const names = values.only?.split(',');
  const chosen = scenarios.filter(({ name }) => names === undefined || names.includes(name));
  const unknown = names?.filter((name) => !chosen.some((scenario) => scenario.name === name)) ?? [];
  const rounds = values.smoke ? 0 : Number(values.rounds);
  const size = (usual: number) => (values.smoke ? Math.max(3, Math.ceil(usual / 1_000)) : usual);
  if (unknown.length > 0) throw new Error(`unknown scenario ${unknown.join(', ')}: ${help}`);
  if (!values.smoke && !(Number.isInteger(rounds) && rounds >= 1))
    throw new Error('--rounds must be a whole number from 1');
  if (values.write && (chosen.length < scenarios.length || values.smoke))
    throw new Error('--write requires all scenarios in their size: remove --only and --smoke');

  await ensureRedis({ yes: true });
  const redis = await startRedis(['--appendfsync', 'everysec']);
  const results: Result[] = [];
  try {
    for (const scenario of chosen) {
      process.stderr.write(`${scenario.name} …\n`);
      results.push({ scenario, figures: await scenario.run({ redis, rounds, size }) });
    }
  } finally {
    await redis.stop();
  }
  const byName = Object.fromEntries(results.map(({ scenario, figures }) => [scenario.name, figures]));
  process.stdout.write(
    values.json ? `${JSON.stringify(byName, null, 2)}\n` : printTable(results, values.smoke !== true),
  );
  if (values.write) await writeFile('docs/benchmarks.md', printPage(results, rounds));
  const complaints = values.smoke ? unmeasured(results) : missed(results);
  for (const line of complaints) process.stderr.write(`${line}\n`);
  return complaints.length > 0 ? 1 : 0;
}

process.exitCode = await main();
