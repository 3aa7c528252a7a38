import { existsSync, statSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { type TemplateName, templateNames, templates } from './templates.js';

/** A project to create. */
export interface Project {
  /** The target folder; it is created if it does not exist. */
  readonly folder: string;
  readonly template: TemplateName;
  /** Name of the npm package. */
  readonly name: string;
  /** Whether the config is written in TypeScript. Default: JSON. */
  readonly typescriptConfig?: boolean;
}

/** A project cannot be created as described. Nothing was written. */
export class ProjectError extends Error {
  override readonly name = 'ProjectError';

  constructor(
    message: string,
    /** How to correct it. */
    readonly hint: string,
  ) {
    super(message);
  }
}

/** The usual places of an AsyncAPI document. */
const documentPlaces = ['', 'catalog', 'api', 'docs', 'asyncapi', 'spec'].flatMap((folder) =>
  ['asyncapi.yaml', 'asyncapi.yml', 'asyncapi.json'].map((name) => (folder === '' ? name : `${folder}/${name}`)),
);

/** The path of the AsyncAPI document that a folder already has, relative to the folder. */
export function existingDocument(folder: string): string | undefined {
  return documentPlaces.find((path) => existsSync(join(folder, path)));
}

/** `catalog` for a folder that has a `package.json` or an AsyncAPI document, otherwise `service`. */
export function usualTemplate(folder: string): TemplateName {
  return existsSync(join(folder, 'package.json')) || existingDocument(folder) !== undefined ? 'catalog' : 'service';
}

/** A valid name of an npm package, from the name of the folder. */
export function usualName(folder: string): string {
  const name = basename(resolve(folder))
    .toLowerCase()
    .replace(/[^a-z0-9._-]+/g, '-')
    .replace(/^[._-]+|-+$/g, '');
  return name === '' ? 'events' : name;
}

/** What is wrong with the name of a package; undefined if it is valid. */
export function nameProblem(name: string): string | undefined {
  const isValid = name.length <= 214 && /^(@[a-z0-9~-][a-z0-9._~-]*\/)?[a-z0-9~-][a-z0-9._~-]*$/.test(name);
  return isValid ? undefined : 'the name of an npm package has lower-case letters, digits, "-", "." and "_" only';
}

/** @throws ProjectError if it is not the name of a template */
export function templateOf(name: string): TemplateName {
  const found = templateNames.find((known) => known === name);
  if (found !== undefined) return found;
  throw new ProjectError(
    `there is no template ${JSON.stringify(name)}`,
    `the templates are ${templateNames.join(', ')}`,
  );
}

/**
 * Checks that a project can be created without changing what is there.
 * @throws ProjectError
 */
export function checkProject({ folder, template, name }: Project): void {
  const problem = nameProblem(name);
  if (problem !== undefined) throw new ProjectError(`${JSON.stringify(name)}: ${problem}`, 'choose it with --name');
  if (statSync(folder, { throwIfNoEntry: false })?.isDirectory() === false)
    throw new ProjectError(`${folder} is not a folder`, 'choose another name for the folder');
  if (!templates[template].isProject) return;
  const present = existsSync(join(folder, 'package.json')) ? 'package.json' : existingDocument(folder);
  if (present === undefined) return;
  throw new ProjectError(
    `${folder} already has ${present}: the template ${template} creates a whole project`,
    'choose another folder, or add only a catalog with --template catalog',
  );
}
