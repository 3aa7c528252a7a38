import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import { configFile, readConfig } from './config.js';
import { GeneratorError, type Problem } from './errors.js';
import { generate, loadModel } from './pipeline.js';
import { isUpToDate } from './write.js';

interface Flags {
  readonly catalog?: string;
  readonly out?: string;
  readonly check?: boolean;
}

const colour = (code: number, text: string) =>
  process.stderr.isTTY && process.env.NO_COLOR === undefined ? `\u001b[${code}m${text}\u001b[0m` : text;

/** Runs the command line; sets the exit code: 0 well, 1 problems in the catalog or drift, 2 wrong usage. */
export async function main(argv: readonly string[]): Promise<void> {
  const program = new Command('hyvve-events')
    .description('From an AsyncAPI catalog of events to a typed TypeScript SDK.')
    .configureHelp({ showGlobalOptions: true })
    .addHelpText(
      'after',
      `\nSettings may stand in ${configFile}: { "catalog", "out", "package": { "name", "version" } }.\nExit codes: 0 done, 1 problems in the catalog or drift, 2 wrong usage.`,
    )
    .exitOverride((error) => {
      process.exit(error.exitCode === 0 ? 0 : 2);
    });
  program
    .command('generate')
    .description('Write the SDK; only files that change are touched, and none when the catalog has a problem.')
    .option('--catalog <file>', 'the catalog’s root document (default: catalog/asyncapi.yaml)')
    .option('--out <folder>', 'where to write (default: generated)')
    .option('--check', 'change nothing; exit 1 and name what drifted when the output is not up to date')
    .addHelpText('after', '\nExample:\n  $ hyvve-events generate --catalog catalog/asyncapi.yaml --out generated')
    .action(async (flags: Flags) => runGenerate(flags));
  program
    .command('check')
    .description('Check the catalog; write nothing.')
    .option('--catalog <file>', 'the catalog’s root document (default: catalog/asyncapi.yaml)')
    .action(async (flags: Flags) => {
      const model = await loadModel(flags.catalog ?? readConfig().catalog);
      console.log(`${model.events.length} events in ${model.domains.length} domains, no problems`);
    });
  try {
    await program.parseAsync([...argv]);
  } catch (error) {
    if (!(error instanceof GeneratorError)) throw error;
    for (const problem of error.problems) printProblem(problem);
    const { length } = error.problems;
    console.error(`\n${length} ${length === 1 ? 'problem' : 'problems'}; no file was touched`);
    process.exitCode = error.problems.some((problem) => problem.code === 'USAGE') ? 2 : 1;
  }
}

async function runGenerate(flags: Flags): Promise<void> {
  const config = readConfig();
  const out = flags.out ?? config.out;
  const started = performance.now();
  const own = flags.out === undefined || flags.out === config.out;
  const { model, report } = await generate({
    ...{ catalog: flags.catalog ?? config.catalog, out, check: flags.check === true },
    ...(config.package === undefined || !own ? {} : { package: config.package }),
  });
  const changes = [
    ...report.created.map((path) => `  + ${out}/${path}`),
    ...report.changed.map((path) => `  ~ ${out}/${path}`),
    ...report.removed.map((path) => `  - ${out}/${path}`),
  ];
  for (const line of changes) console.log(line);
  if (flags.check === true && !isUpToDate(report)) {
    console.error(`${out} has drifted from the catalog in ${changes.length} files: run \`hyvve-events generate\``);
    process.exitCode = 1;
    return;
  }
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  const what =
    changes.length === 0 ? 'up to date' : `${changes.length} files ${flags.check === true ? 'differ' : 'written'}`;
  console.log(`${model.events.length} events in ${model.domains.length} domains: ${what} (${seconds} s)`);
}

function printProblem(problem: Problem): void {
  const { file, line, column, severity, code, message, hint } = problem;
  console.error(`${file}:${line}:${column}: ${colour(severity === 'error' ? 31 : 33, severity)} ${code}: ${message}`);
  const source = sourceLine(file, line);
  if (source !== undefined) {
    const gutter = `${line} | `;
    console.error(`  ${gutter}${source}\n  ${' '.repeat(gutter.length + column - 1)}^`);
  }
  console.error(`  ${colour(36, 'mend:')} ${hint}`);
}

function sourceLine(file: string, line: number): string | undefined {
  try {
    return readFileSync(file, 'utf8').split('\n')[line - 1];
  } catch {
    return undefined;
  }
}
