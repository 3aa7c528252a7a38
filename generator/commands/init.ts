import { linesOf, ProjectError, projectOf, scaffold, templateNames, templates } from 'create-hyvve-events';
import { GeneratorError } from '../support/errors.js';
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
  help: `Templates:
${templateNames.map((name) => `  ${name.padEnd(9)}${templates[name].summary}`).join('\n')}

On a terminal, what the flags do not say is asked. Elsewhere the template is \`service\`, or \`catalog\` in a folder that
has a package.json or an AsyncAPI document (asyncapi.yaml, api/asyncapi.yaml, …). The document is not changed.

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
      throw error instanceof ProjectError ? usage(error) : error;
    }
  },
};

function usage({ message, hint }: ProjectError): GeneratorError {
  const at = { severity: 'error', file: 'hyvve-events init', line: 1, column: 1 } as const;
  return new GeneratorError([{ ...at, code: 'USAGE', message, hint }]);
}
