import { linesOf, ProjectError, projectOf, scaffold, templateNames, templatesHelp } from 'create-hyvve-events';
import { commandError } from '../support/errors.js';
import type { Command, CommonFlags } from './command.js';

interface Flags extends CommonFlags {
  readonly template?: string;
  readonly name?: string;
  readonly typescript?: boolean;
  readonly yes?: boolean;
}

export const init: Command<Flags> = {
  name: 'init',
  summary: 'Create a project with a catalog, or a catalog in an existing project. Files are never overwritten.',
  arguments: [{ name: '[folder]', description: 'the target folder (default: this folder)' }],
  options: [
    { flags: '--template <name>', description: 'what to create', choices: templateNames },
    { flags: '--name <name>', description: 'name of the npm package (default: the name of the folder)' },
    { flags: '--typescript', description: 'write the config in TypeScript (default: JSON)' },
    { flags: '-y, --yes', description: 'ask nothing, also on a terminal' },
  ],
  help: `${templatesHelp}

Examples:
  $ hyvve-events init shop --template service
  $ hyvve-events init && hyvve-events generate`,
  async run(flags, _io, folder) {
    const { template, name, typescript, format = 'pretty' } = flags;
    const isTerminal = process.stdin.isTTY && process.stdout.isTTY && format === 'pretty';
    try {
      const given = { folder, template, name, typescriptConfig: typescript };
      const project = await projectOf(given, isTerminal && flags.yes !== true);
      if (project === undefined) return { exitCode: 1, problems: [], lines: [], data: { written: [], kept: [] } };
      const scaffolded = scaffold(project);
      return { exitCode: 0, problems: [], lines: linesOf(project, scaffolded), data: { ...scaffolded } };
    } catch (error) {
      if (!(error instanceof ProjectError)) throw error;
      throw commandError('init', { code: 'USAGE', message: error.message, hint: error.hint });
    }
  },
};
