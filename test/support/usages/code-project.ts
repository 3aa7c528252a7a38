import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative, resolve } from 'node:path';
import type { EventModel } from '../../../generator/model/event-model.js';
import { loadCompiler } from '../../../generator/usages/compiler.js';
import { type FoundUsages, findUsages, type ReadProgram } from '../../../generator/usages/find-usages.js';

const repository = resolve('.');

/** A folder with code that uses the SDK of the platform's catalog, whose sources it sees as the packages of this repository do. */
export interface CodeProject {
  readonly folder: string;
  /** Reads the code. @param tsconfigs Relative to the folder. Default: its `tsconfig.json`. */
  find(tsconfigs?: readonly string[], onProgram?: (program: ReadProgram) => void): Promise<FoundUsages>;
  remove(): void;
}

export const compilerOptions = {
  target: 'ES2022',
  lib: ['ES2023'],
  module: 'NodeNext',
  customConditions: ['@hyvve-events/source'],
  types: ['node'],
  strict: true,
  experimentalDecorators: true,
};

/** @param files Text by path. `tsconfig.json` and `package.json` are added. */
export function codeProject(files: Readonly<Record<string, string>>): CodeProject {
  const folder = mkdtempSync(join(tmpdir(), 'usages-'));
  const added = {
    'package.json': '{ "type": "module" }',
    'tsconfig.json': JSON.stringify({ compilerOptions, include: ['**/*.ts', '**/*.tsx'] }),
  };
  for (const [path, text] of Object.entries({ ...added, ...files })) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  symlinkSync(join(repository, 'node_modules'), join(folder, 'node_modules'));
  const { events, catalog } = JSON.parse(readFileSync('generated/catalog.json', 'utf8')) as EventModel;
  return {
    folder,
    find: async (tsconfigs = ['tsconfig.json'], onProgram) =>
      findUsages({
        compiler: await loadCompiler('usages'),
        tsconfigs: tsconfigs.map((path) => join(folder, path)),
        events,
        out: 'generated',
        title: catalog.title,
        onStage: () => undefined,
        onProgram,
      }),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** What was found in one file of a project, as the lines of {@link expectedIn}. */
export function foundIn(found: FoundUsages, { folder }: CodeProject, path: string): string[] {
  const file = relative(process.cwd(), join(folder, path));
  const usages = found.usages.filter((each) => each.file === file);
  const undecided = found.undecided.filter((each) => each.file === file);
  return [
    ...usages.map(({ line, kind, type, how }) => `${line}: ${kind} ${type}, ${how}`),
    ...undecided.map(({ line, kind, how }) => `${line}: undecided ${kind}, ${how}`),
  ].sort(byLine);
}

/** The comments `//= publish order.placed, publishOrderPlaced` of a text, each with its line. */
export function expectedIn(text: string): string[] {
  return text
    .split('\n')
    .flatMap((line, index) => {
      const [, comment] = /\/\/= (.*)$/.exec(line) ?? [];
      return comment === undefined ? [] : comment.split(' & ').map((each) => `${index + 1}: ${each}`);
    })
    .sort(byLine);
}

function byLine(a: string, b: string): number {
  return Number.parseInt(a, 10) - Number.parseInt(b, 10) || (a < b ? -1 : 1);
}
