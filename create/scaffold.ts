import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { checkProject, existingDocument, type Project } from './project.js';
import { type TemplateName, templates } from './templates.js';

/** The result of {@link scaffold}. Paths are relative to the project's folder. */
export interface Scaffolded {
  /** The catalog's root document: the existing one, or the new one. */
  readonly catalog: string;
  /** Files that were written. */
  readonly written: readonly string[];
  /** Files that existed and were not changed. */
  readonly kept: readonly string[];
}

const configFile = 'hyvve-events.config.json';
const configFiles = ['ts', 'js', 'mjs', 'json'].map((extension) => `hyvve-events.config.${extension}`);

// Compiled, this module is in `dist`.
const here = dirname(fileURLToPath(import.meta.url));
const packageFolder = existsSync(join(here, 'templates')) ? here : dirname(here);

/**
 * Writes the files of a project. Never overwrites a file, not even one that is created at the same time.
 * @throws ProjectError, before anything is written
 */
export function scaffold(project: Project): Scaffolded {
  checkProject(project);
  const { folder } = project;
  const document = existingDocument(folder);
  const config = configFiles.find((path) => existsSync(join(folder, path)));
  const catalog = document ?? 'catalog/asyncapi.yaml';
  const files = templateFiles(project.template, { name: project.name, range: ownRange() });
  const settings: Readonly<Record<string, unknown>> = JSON.parse(files.get(configFile) ?? '{}');
  files.delete(configFile);
  if (document !== undefined) for (const path of files.keys()) if (path.startsWith('catalog/')) files.delete(path);
  if (config === undefined) {
    const values = { ...settings, catalog };
    if (project.typescriptConfig === true) files.set('hyvve-events.config.ts', typescriptConfig(values));
    else files.set(configFile, `${JSON.stringify(values, undefined, 2)}\n`);
  }
  const written: string[] = [];
  const kept = [document, config].filter((path) => path !== undefined);
  for (const [path, text] of sorted(files)) (writeNew(join(folder, path), text) ? written : kept).push(path);
  return { catalog, written, kept };
}

/** The files of a template by their path in the project. */
function templateFiles(template: TemplateName, values: { readonly name: string; readonly range: string }) {
  const files = new Map<string, string>();
  for (const folder of templates[template].folders) {
    const root = join(packageFolder, 'templates', folder);
    for (const file of readdirSync(root, { recursive: true, withFileTypes: true })) {
      if (!file.isFile()) continue;
      const source = join(file.parentPath, file.name);
      // npm leaves out or renames a `.gitignore` in a package.
      const path = relative(root, source).replaceAll('\\', '/').replace('_gitignore', '.gitignore');
      const text = readFileSync(source, 'utf8');
      files.set(path, text.replaceAll('__NAME__', values.name).replaceAll('__RANGE__', values.range));
    }
  }
  return files;
}

function sorted(files: ReadonlyMap<string, string>): readonly (readonly [path: string, text: string])[] {
  return [...files].sort(([a], [b]) => (a < b ? -1 : 1));
}

/** All packages of hyvve-events are released together, with one version. */
function ownRange(): string {
  const { version } = JSON.parse(readFileSync(join(packageFolder, 'package.json'), 'utf8')) as { version: string };
  return `^${version}`;
}

/** A config in TypeScript, which the editor checks and completes. */
function typescriptConfig(settings: object): string {
  const text = JSON.stringify(settings, undefined, 2)
    .replaceAll(/"([a-zA-Z]+)":/g, '$1:')
    .replaceAll('"', "'")
    .replace(/'\n}$/, "',\n}");
  return `export default ${text} satisfies import('@hyvve-events/generator').ConfigFile;\n`;
}

/** Whether the file was written; false if it exists. */
function writeNew(file: string, text: string): boolean {
  mkdirSync(dirname(file), { recursive: true });
  try {
    writeFileSync(file, text, { flag: 'wx' });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}
