import type { Project } from './project.js';
import type { Scaffolded } from './scaffold.js';
import type { TemplateName } from './templates.js';

/** What to run first in a new project. */
const firstCommands: Readonly<Record<TemplateName, readonly string[]>> = {
  service: ['npm install', 'npm test'],
  nestjs: ['npm install', 'npm test'],
  sdk: ['npm install', 'npm test'],
  // Without the package, npx would ask the registry for a package with the name of the command.
  catalog: [
    'npm install @hyvve-events/runtime',
    'npm install --save-dev @hyvve-events/generator',
    'npx hyvve-events generate',
  ],
};

/** The lines that a command prints about a new project: its files, and what to do next. */
export function linesOf({ folder, template }: Project, { catalog, written, kept }: Scaffolded): readonly string[] {
  const at = (path: string) => (folder === '.' ? path : `${folder.replace(/\/$/, '')}/${path}`);
  const files = [
    ...written.map((path) => `  + ${at(path)}`),
    ...kept.map((path) => `  = ${at(path)} (already exists, not changed)`),
  ];
  if (written.length === 0) return [...files, 'nothing to write: all files already exist'];
  const enter = folder === '.' ? [] : [`cd ${/\s/.test(folder) ? `"${folder}"` : folder}`];
  const next = [...enter, ...firstCommands[template]].map((command) => `  ${command}`);
  return [
    ...files,
    '',
    'Next:',
    ...next,
    '',
    `The events are described in ${at(catalog)} and the files that it refers to.`,
  ];
}
