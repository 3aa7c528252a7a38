import { existsSync, readFileSync } from 'node:fs';
import { dirname, isAbsolute, join, relative, resolve } from 'node:path';
import { importModule } from '../source/import-module.js';
import { GeneratorError, type Problem } from '../support/errors.js';

/** Names of config files, in the order in which they are searched. */
export const configFiles = [
  'hyvve-events.config.ts',
  'hyvve-events.config.js',
  'hyvve-events.config.mjs',
  'hyvve-events.config.json',
] as const;

/** The content of a config file before validation. */
export interface RawConfig {
  /** Path as given by the user. */
  readonly file: string;
  readonly value: unknown;
  /** Converts a path in the config to a path relative to the working directory. */
  readonly resolvePath: (path: string) => string;
  /** Makes a problem at the place of `key` in the file. */
  readonly problem: (key: string | undefined, message: string, hint: string) => Problem;
}

/** The config file in the working directory; undefined when there is none. */
export function findConfigFile(): string | undefined {
  return configFiles.find((name) => existsSync(name));
}

/** Reads a config file. TypeScript and JavaScript files are executed. @throws GeneratorError `USAGE` */
export async function importConfig(file: string): Promise<RawConfig> {
  let text: string;
  try {
    text = readFileSync(file, 'utf8').replace(/^\uFEFF/, '');
  } catch (error) {
    throw new GeneratorError([
      usage(file, 1, 1, `cannot read the config: ${reason(error)}`, 'correct the path after --config'),
    ]);
  }
  const value = file.endsWith('.json') ? parseJson(file, text) : await run(file);
  const folder = dirname(file);
  return {
    file,
    value,
    resolvePath: (path) => (isAbsolute(path) ? path : join(folder, path).replaceAll('\\', '/')),
    problem: (key, message, hint) => {
      const { line, column } = placeOf(text, key === undefined ? -1 : keyOffset(text, key));
      return usage(file, line, column, message, hint);
    },
  };
}

function parseJson(file: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    const offset = /position (\d+)/.exec(reason(error))?.[1];
    const { line, column } = placeOf(text, offset === undefined ? text.trimEnd().length : Number(offset));
    throw new GeneratorError([
      usage(file, line, column, `the config file is not valid JSON: ${reason(error)}`, 'correct the JSON'),
    ]);
  }
}

async function run(file: string): Promise<unknown> {
  try {
    const module = await importModule(file);
    return 'default' in module ? module.default : module;
  } catch (error) {
    const { line = 1, column = 0 } = error instanceof Error && 'line' in error ? (error as Partial<Position>) : {};
    const message = `the config file failed: ${reason(error).split('\n')[0]}`;
    throw new GeneratorError([
      usage(file, line, column + 1, message, 'correct the file; it must have a default export with the settings'),
    ]);
  }
}

interface Position {
  readonly line: number;
  readonly column: number;
}

function keyOffset(text: string, key: string): number {
  return text.search(new RegExp(`(?<![\\w$])["']?${key.replaceAll(/[^\w]/g, '\\$&')}["']?\\s*:`));
}

function placeOf(text: string, offset: number): Position {
  const before = text.slice(0, Math.max(offset, 0)).split('\n');
  return { line: before.length, column: (before.at(-1)?.length ?? 0) + 1 };
}

function usage(file: string, line: number, column: number, message: string, hint: string): Problem {
  const path = relative(process.cwd(), resolve(file)).replaceAll('\\', '/');
  return { code: 'USAGE', severity: 'error', file: path, line, column, message, hint };
}

function reason(error: unknown): string {
  if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return 'the file does not exist';
  return error instanceof Error ? error.message : String(error);
}
