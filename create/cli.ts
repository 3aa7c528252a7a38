import { Command, CommanderError, Option } from 'commander';
import { ProjectError } from './project.js';
import { projectOf } from './questions.js';
import { linesOf } from './report.js';
import { scaffold } from './scaffold.js';
import { templateNames, templatesHelp } from './templates.js';

interface Flags {
  readonly template?: string;
  readonly name?: string;
  readonly typescript?: boolean;
  readonly yes?: boolean;
}

/** Runs the command line. Returns the exit code: 0 done, 2 wrong usage, 130 ended by the user. */
export async function main(args: readonly string[]): Promise<number> {
  const program = new Command('create-hyvve-events')
    .description('Creates a project with an event catalog. Existing files are never overwritten.')
    .argument('[folder]', 'the target folder (default: this folder)')
    .addOption(new Option('--template <name>', 'what to create').choices(templateNames))
    .option('--name <name>', 'name of the npm package (default: the name of the folder)')
    .option('--typescript', 'write the config in TypeScript (default: JSON)')
    .option('-y, --yes', 'ask nothing, also on a terminal')
    .addHelpText('after', `\n${helpText}`)
    .exitOverride();
  try {
    program.parse(args, { from: 'user' });
    return await create(program.args[0], program.opts<Flags>());
  } catch (error) {
    // commander has printed it.
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    if (!(error instanceof ProjectError)) throw error;
    console.error(`error: ${error.message}\n  fix: ${error.hint}`);
    return 2;
  }
}

async function create(folder: string | undefined, flags: Flags): Promise<number> {
  const { template, name, typescript, yes } = flags;
  const asks = yes !== true && process.stdin.isTTY && process.stdout.isTTY;
  const project = await projectOf({ folder, template, name, typescriptConfig: typescript }, asks);
  if (project === undefined) return 130;
  for (const line of linesOf(project, scaffold(project))) console.log(line);
  return 0;
}

const helpText = `${templatesHelp}

Examples:
  $ npm create hyvve-events@latest
  $ npm create hyvve-events@latest shop -- --template service --yes`;
