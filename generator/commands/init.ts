import { writeFirstFiles } from '../init/write-first.js';
import type { Command, CommonFlags } from './command.js';

interface Flags extends CommonFlags {
  readonly typescript?: boolean;
}

export const init: Command<Flags> = {
  name: 'init',
  summary: 'Write a first catalog and config. Existing files are never overwritten.',
  arguments: [{ name: '[folder]', description: 'the target folder (default: this folder)' }],
  options: [{ flags: '--typescript', description: 'write the config in TypeScript (default: JSON)' }],
  help: `An existing AsyncAPI document (asyncapi.yaml, api/asyncapi.yaml, …) is not changed, and the config refers to it.

Examples:
  $ hyvve-events init && hyvve-events generate
  $ hyvve-events init services/shop --typescript`,
  async run(flags, _io, folder = '.') {
    const { catalog, written, kept } = writeFirstFiles(folder, { typescript: flags.typescript === true });
    const at = (path: string) => (folder === '.' ? path : `${folder.replace(/\/$/, '')}/${path}`);
    return {
      exitCode: 0,
      problems: [],
      lines: [
        ...written.map((path) => `  + ${at(path)}`),
        ...kept.map((path) => `  = ${at(path)} (already exists, not changed)`),
        written.length === 0
          ? 'nothing to write: catalog and config already exist'
          : `Edit ${at(catalog)}, then run \`hyvve-events generate\`${folder === '.' ? '' : ` in ${folder}`}.`,
      ],
      data: { catalog, written, kept },
    };
  },
};
