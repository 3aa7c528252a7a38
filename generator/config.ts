import { readFileSync } from 'node:fs';
import { GeneratorError } from './errors.js';

/** What `hyvve-events.config.json` may say. Paths are relative to the working directory. */
export interface Config {
  /** The catalog's root document. Default `catalog/asyncapi.yaml`. */
  readonly catalog: string;
  /** The folder that the SDK is written to. Default `generated`. */
  readonly out: string;
  /** Makes the SDK an npm package. Default: none is written. */
  readonly package?: { readonly name: string; readonly version: string };
}

export const configFile = 'hyvve-events.config.json';
export const configDefaults: Config = { catalog: 'catalog/asyncapi.yaml', out: 'generated' };

/** The config file's settings over the defaults. @throws GeneratorError `USAGE` when the file cannot be used. */
export function readConfig(file = configFile): Config {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch {
    return configDefaults;
  }
  const refuse = (message: string, hint: string) =>
    new GeneratorError([{ code: 'USAGE', severity: 'error', file, line: 1, column: 1, message, hint }]);
  let given: unknown;
  try {
    given = JSON.parse(text);
  } catch (error) {
    throw refuse(`the config is no JSON: ${error instanceof Error ? error.message : error}`, 'mend it');
  }
  if (typeof given !== 'object' || given === null)
    throw refuse('the config is no JSON object', 'write { "catalog": … }');
  const unknown = Object.keys(given).filter((key) => !['catalog', 'out', 'package'].includes(key));
  if (unknown.length > 0)
    throw refuse(`the config has no key ${unknown.join(', ')}`, 'there are catalog, out and package');
  return { ...configDefaults, ...given };
}
