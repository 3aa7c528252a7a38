import { Command as Commander, Option as CommanderOption, InvalidArgumentError } from 'commander';
import {
  type Command,
  type CommonFlags,
  commonOptions,
  type Format,
  type Option,
  type Outcome,
} from './commands/command.js';
import { endOfProcess } from './end-of-process.js';
import { count } from './report/count.js';
import { githubProblems } from './report/github.js';
import { type Paint, prettyProblems } from './report/pretty.js';
import { exitCodeOf, problemsOf } from './report/problems-of-error.js';
import { startProgress } from './report/progress.js';
import { ownVersion } from './support/own-version.js';
import { countProblems, mergeProblems } from './support/problems.js';

const colours = { red: 31, green: 32, yellow: 33, cyan: 36, dim: 2 };

const paint: Paint = (colour, text) =>
  process.stderr.isTTY && process.env.NO_COLOR === undefined ? `\u001b[${colours[colour]}m${text}\u001b[0m` : text;

type AddCommand = (program: Commander) => void;

/** Each command is loaded on demand, because a command should not wait for the modules of another. */
const commands: Readonly<Record<string, () => Promise<AddCommand>>> = {
  init: async () => adding((await import('./commands/init.js')).init),
  generate: async () => adding((await import('./commands/generate.js')).generate),
  check: async () => adding((await import('./commands/check.js')).check),
  diff: async () => adding((await import('./commands/diff.js')).diff),
  release: async () => adding((await import('./commands/release.js')).release),
  upcaster: async () => adding((await import('./commands/upcaster.js')).upcaster),
  sample: async () => adding((await import('./commands/sample.js')).sample),
  models: async () => adding((await import('./commands/models.js')).models),
  dev: async () => adding((await import('./commands/dev.js')).dev),
  publish: async () => adding((await import('./commands/publish.js')).publish),
  rollout: async () => adding((await import('./commands/rollout.js')).rollout),
  retire: async () => adding((await import('./commands/retire.js')).retire),
  usages: async () => adding((await import('./commands/usages.js')).usages),
  tail: async () => adding((await import('./commands/tail.js')).tail),
};

/** The command with a name; all commands for help and for unknown names. */
function commandsFor(name = ''): Promise<readonly AddCommand[]> {
  const only = Object.hasOwn(commands, name) ? commands[name] : undefined;
  return Promise.all(only === undefined ? Object.values(commands).map((load) => load()) : [only()]);
}

function adding<Flags extends CommonFlags>(command: Command<Flags>): AddCommand {
  return (program) => register(program, command);
}

/** Runs the command line; sets the exit code: 0 done, 1 problems, drift or a breaking change, 2 wrong usage. */
export async function main(argv: readonly string[]): Promise<void> {
  // A reader that closes the pipe early (`| head`) is not an error.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));
  const program = new Commander('hyvve-events')
    .description('Generates a typed TypeScript SDK from an AsyncAPI catalog of events.')
    .addHelpText(
      'after',
      `
Start with \`hyvve-events init\`, then \`hyvve-events generate --watch\` while you edit the catalog.
Settings are read from hyvve-events.config.ts or .json (docs/generator.md). Flags override them.

Exit codes: 0 done; 1 problems in the catalog, drift or a breaking change; 2 wrong usage.`,
    )
    .option('--version', 'print the version')
    .on('option:version', () => {
      console.log(ownVersion());
      process.exit(0);
    })
    .exitOverride((error) => process.exit(error.exitCode === 0 ? 0 : 2));
  for (const add of await commandsFor(argv[2])) add(program);
  await program.parseAsync([...argv]);
}

function register<Flags extends CommonFlags>(program: Commander, command: Command<Flags>): void {
  const registered = program
    .command(command.name)
    .description(command.summary)
    .addHelpText('after', `\n${command.help}`);
  for (const { name, description } of command.arguments ?? []) registered.argument(name, description);
  for (const option of [...command.options, ...commonOptions]) registered.addOption(toCommander(option));
  registered.action(async () => {
    const flags = registered.opts<Flags>();
    await run(command, flags, registered.args);
  });
}

function toCommander({ flags, description, choices, isCount }: Option): CommanderOption {
  const option = new CommanderOption(flags, description);
  if (choices !== undefined) option.choices(choices);
  if (isCount === true) {
    option.argParser((text) => {
      if (!/^\d+$/.test(text)) throw new InvalidArgumentError('It must be a whole number.');
      return Number(text);
    });
  }
  return option;
}

async function run<Flags extends CommonFlags>(
  command: Command<Flags>,
  flags: Flags,
  args: readonly string[],
): Promise<void> {
  const { format = 'pretty' } = flags;
  const progress = startProgress({
    write: (text) => process.stderr.write(text),
    isTerminal: process.stderr.isTTY && format === 'pretty',
  });
  const report = (outcome: Outcome, isOneOfMany = false) => {
    progress.stop();
    print(outcome, { format, warningsPerCode: command.warningsPerCode, isOneOfMany });
  };
  let isStream = false;
  let end: AbortSignal | undefined;
  const io = {
    onStage: progress.stage,
    onOutcome: (outcome: Outcome) => {
      isStream = true;
      report(outcome, true);
    },
    onLine: (line: string) => {
      progress.stop();
      console.log(line);
    },
    // Created only if a command reads it: all other commands end at the first Ctrl-C, which is the default.
    get signal() {
      end ??= endOfProcess();
      return end;
    },
  };
  try {
    const outcome = await command.run(flags, io, ...args);
    report(outcome, isStream);
    process.exitCode = outcome.exitCode;
  } catch (error) {
    if (process.env.HYVVE_EVENTS_DEBUG !== undefined) console.error(error);
    const problems = mergeProblems(problemsOf(error));
    progress.stop();
    const warningsPerCode = command.warningsPerCode === undefined ? undefined : 0;
    const complaint = `\n${countOf(problems)}; ${command.ifFailed ?? 'no files were written'}`;
    print({ exitCode: 1, problems, lines: [], complaint, data: {} }, { format, warningsPerCode, isOneOfMany: false });
    process.exitCode = exitCodeOf(problems);
  }
}

interface PrintOptions {
  readonly format: Format;
  readonly warningsPerCode: number | undefined;
  /** Whether it is one of several results of a running command. As JSON it is then printed in one line. */
  readonly isOneOfMany: boolean;
}

function print(outcome: Outcome, { format, warningsPerCode, isOneOfMany }: PrintOptions): void {
  const { problems, lines, isListing, complaint, data, exitCode } = outcome;
  if (format === 'json') {
    if (data === undefined) return;
    console.log(JSON.stringify({ ok: exitCode === 0, problems, ...data }, undefined, isOneOfMany ? undefined : 2));
    return;
  }
  if (isListing === true) for (const line of lines) console.log(line);
  if (format === 'github') for (const line of githubProblems(problems)) console.log(line);
  else for (const line of prettyProblems(problems, { paint, warningsPerCode })) console.error(line);
  if (isListing !== true) for (const line of lines) console.log(line);
  if (complaint !== undefined) console.error(paint('red', complaint));
}

function countOf(problems: Outcome['problems']): string {
  const { errors, warnings } = countProblems(problems);
  return warnings === 0 ? count(errors, 'error') : `${count(errors, 'error')}, ${count(warnings, 'warning')}`;
}
