import { existsSync, readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import type { ts } from 'ts-morph';
import { commandError, type Problem } from '../support/errors.js';
import type { Compiler } from './compiler.js';
import { diagnosticProblem, pathOf } from './diagnostics.js';

/** A tsconfig. */
export interface ParsedProject {
  readonly path: string;
  readonly files: readonly string[];
  readonly options: ts.CompilerOptions;
  readonly references: readonly ts.ProjectReference[];
  /** The file that each declaration file of its output is made from. */
  readonly sources: ReadonlyMap<string, string>;
}

/** Reads tsconfigs and those that they refer to. @throws GeneratorError `USAGE` if one does not exist */
export function readProjects(compiler: Compiler, tsconfigs: readonly string[], problems: Problem[]): ParsedProject[] {
  const projects = new Map<string, ParsedProject>();
  const read = (given: string, from: string | undefined) => {
    const path = configPath(given);
    if (path === undefined) throw isMissing(given, from);
    if (projects.has(path)) return;
    const host: ts.ParseConfigFileHost = {
      ...compiler.sys,
      onUnRecoverableConfigFileDiagnostic: (diagnostic) => problems.push(diagnosticProblem(compiler, diagnostic, path)),
    };
    const parsed = compiler.getParsedCommandLineOfConfigFile(path, {}, host);
    if (parsed === undefined) return;
    // 18002, 18003: it selects no files, which is usual for a tsconfig that only has references.
    const errors = compiler
      .getConfigFileParsingDiagnostics(parsed)
      .filter(({ code }) => code !== 18002 && code !== 18003);
    problems.push(...errors.map((diagnostic) => diagnosticProblem(compiler, diagnostic, path)));
    const references = parsed.projectReferences ?? [];
    projects.set(path, {
      path,
      files: parsed.fileNames,
      options: { ...defaultsOf(path), ...parsed.options },
      references,
      sources: sourcesOf(compiler, parsed),
    });
    for (const reference of references) read(reference.path, path);
  };
  for (const path of tsconfigs) read(path, undefined);
  return [...projects.values()];
}

/** The file of a tsconfig, which may be given as its folder. */
function configPath(given: string): string | undefined {
  const path = resolve(given);
  const inFolder = resolve(path, 'tsconfig.json');
  if (existsSync(inFolder)) return inFolder;
  return existsSync(path) && path.endsWith('.json') ? path : undefined;
}

function isMissing(given: string, from: string | undefined) {
  const path = pathOf(resolve(given));
  const by = from === undefined ? '' : `, which ${pathOf(from)} refers to,`;
  const message = `the tsconfig ${path}${by} does not exist`;
  const hint = 'correct the path: of the argument, or in `usages.tsconfigs` of the config';
  return commandError('usages', { code: 'USAGE', message, hint });
}

/** Packages of a repository often import each other as they are built. */
function sourcesOf(compiler: Compiler, parsed: ts.ParsedCommandLine): ReadonlyMap<string, string> {
  const { options, fileNames } = parsed;
  if (options.declaration !== true && options.composite !== true) return new Map();
  if (options.outFile !== undefined) return new Map();
  const code = fileNames.filter((file) => /(?<!\.d)\.[cm]?tsx?$/.test(file));
  return new Map(
    code.flatMap((file) =>
      compiler
        .getOutputFileNames(parsed, file, !compiler.sys.useCaseSensitiveFileNames)
        .filter((output) => /\.d\.[cm]?ts$/.test(output))
        .map((output) => [output, file] as const),
    ),
  );
}

/** Defaults of the TypeScript of a project, if it is older than that of the compiler. */
function defaultsOf(tsconfig: string): ts.CompilerOptions {
  const major = Number.parseInt(installedTypeScript(dirname(tsconfig)) ?? '', 10);
  return major < 6 ? { strict: false, types: ['*'], noUncheckedSideEffectImports: false } : {};
}

/** Version of the TypeScript that is installed for a folder. */
function installedTypeScript(folder: string): string | undefined {
  const file = resolve(folder, 'node_modules/typescript/package.json');
  if (existsSync(file)) return (JSON.parse(readFileSync(file, 'utf8')) as { readonly version?: string }).version;
  return folder === dirname(folder) ? undefined : installedTypeScript(dirname(folder));
}
