import type { Project } from './project.js';
import type { Scaffolded } from './scaffold.js';
import type { TemplateName } from './templates.js';

/** What to run first in a new project. */
const firstCommands: Readonly<Record<TemplateName, readonly string[]>> = {
  service: ['npm install', 'npm test'],
  nestjs: ['npm install', 'npm test'],
  sdk: ['npm install', 'npm test'],
  catalog: ['npx hyvve-events generate'],
};

/** The lines that a command prints about a new project: its files, and what to do next. */
export function linesOf({ folder, template }: Project, { catalog, written, kept }: Scaffolded): readonly string[] {
  const at = (path: string) => (folder === '.' ? path : `${folder.replace(/\/$/, '')}/${path}`);
  const files = [
    ...written.map((path) => `  + ${at(path)}`),
    ...kept.map((path) => `  = ${at(path)} (already exists, not changed)`),
  ];
  if (written.length === 0) return [...files, 'nothing to write: all files already exist'];
  const enter = folder === '.' ? [] : [`cd ${folder}`];
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
