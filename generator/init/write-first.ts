import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { configFiles } from '../config/config-file.js';
import { firstCatalog, jsonConfig, typescriptConfig } from './templates.js';

/** The usual places of an AsyncAPI document. */
const usualPlaces = ['', 'catalog', 'api', 'docs', 'asyncapi', 'spec'].flatMap((folder) =>
  ['asyncapi.yaml', 'asyncapi.yml', 'asyncapi.json'].map((name) => (folder === '' ? name : `${folder}/${name}`)),
);

export interface FirstFiles {
  /** The catalog's root document: the existing one, or the new one. */
  readonly catalog: string;
  /** Files that were written. */
  readonly written: readonly string[];
  /** Files that existed and were not changed. */
  readonly kept: readonly string[];
}

/**
 * Writes a first catalog and config where there are none. Never overwrites a file, not even one that is created at the same time.
 * @param folder The target folder; it is created if it does not exist.
 */
export function writeFirstFiles(folder: string, options: { readonly typescript: boolean }): FirstFiles {
  const present = usualPlaces.find((path) => existsSync(join(folder, path)));
  const config = configFiles.find((path) => existsSync(join(folder, path)));
  const catalog = present ?? 'catalog/asyncapi.yaml';
  const written: string[] = [];
  const kept = [present, config].filter((path) => path !== undefined);
  const write = (path: string, text: string) => {
    const file = join(folder, path);
    if (existsSync(file)) return void kept.push(path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text, { flag: 'wx' });
    written.push(path);
  };
  if (present === undefined) for (const [path, text] of Object.entries(firstCatalog)) write(`catalog/${path}`, text);
  if (config === undefined) {
    if (options.typescript) write('hyvve-events.config.ts', typescriptConfig(catalog));
    else write('hyvve-events.config.json', jsonConfig(catalog));
  }
  return { catalog, written, kept };
}
