import { existsSync, readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import type { ts } from 'ts-morph';
import { commandError, type Problem } from '../support/errors.js';
import type { Compiler } from './compiler.js';
import { diagnosticProblem, pathOf } from './diagnostics.js';

/** Code of one or several tsconfigs with the same compiler options. */
export interface CodeProgram {
  readonly program: ts.Program;
  readonly checker: ts.TypeChecker;
  /** The files of services that the tsconfigs select, and those that they import; without declaration files. */
  readonly files: readonly ts.SourceFile[];
}

export interface OpenOptions {
  readonly tsconfigs: readonly string[];
  /** Whether a file is code of a service. Other files are read only if code of a service imports them. */
  readonly isService: (file: string) => boolean;
  readonly onStage: (stage: string) => void;
}

export interface OpenedCode {
  /** Opens each program. */
  readonly programs: readonly (() => CodeProgram)[];
  /** Problems of tsconfigs that could not be read completely. */
  readonly problems: readonly Problem[];
}

interface ParsedProject {
  readonly path: string;
  readonly files: readonly string[];
  readonly options: ts.CompilerOptions;
  readonly references: readonly ts.ProjectReference[];
}

/** Options that do not change what code means. They differ between the packages of a repository. */
const outputOptions = [
  ...['outDir', 'outFile', 'rootDir', 'declarationDir', 'tsBuildInfoFile', 'composite', 'incremental', 'declaration'],
  ...['declarationMap', 'sourceMap', 'inlineSourceMap', 'emitDeclarationOnly', 'configFilePath', 'noUnusedLocals'],
  ...['noUnusedParameters', 'isolatedDeclarations', 'removeComments', 'stripInternal', 'noEmit'],
];

/**
 * Opens tsconfigs and those that they refer to. Projects with the same options become one program, so that the compiler reads the
 * declarations that they share once, and knows a function of one project when another calls it.
 * @throws GeneratorError `USAGE` if a tsconfig does not exist, `CODE_MISSING` if no project has a file
 */
export function openProjects(compiler: Compiler, options: OpenOptions): OpenedCode {
  const { tsconfigs, isService, onStage } = options;
  const problems: Problem[] = [];
  const projects = readProjects(compiler, tsconfigs, problems).map((project) => ({
    ...project,
    files: project.files.filter(isService),
  }));
  if (projects.every(({ files }) => files.length === 0)) {
    const message = `no TypeScript file belongs to ${tsconfigs.join(', ')}`;
    const hint = 'name the tsconfigs of the services, as arguments or as `usages.tsconfigs` in the config';
    throw commandError('usages', { code: 'CODE_MISSING', message, hint });
  }
  const groups = groupProjects(compiler, projects);
  const programs = groups.map((group, index) => () => {
    const number = groups.length === 1 ? '' : ` (${index + 1} of ${groups.length})`;
    onStage(`reading ${group.reduce((sum, { files }) => sum + files.length, 0)} files${number}`);
    return openProgram(compiler, group, isService);
  });
  return { programs, problems };
}

function readProjects(compiler: Compiler, tsconfigs: readonly string[], problems: Problem[]): ParsedProject[] {
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
    // 18003: it selects no files, which is usual for a tsconfig that only has references.
    const errors = parsed.errors.filter(({ code }) => code !== 18003);
    problems.push(...errors.map((diagnostic) => diagnosticProblem(compiler, diagnostic, path)));
    const references = parsed.projectReferences ?? [];
    projects.set(path, {
      path,
      files: parsed.fileNames,
      options: { ...defaultsOf(path), ...parsed.options },
      references,
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

function groupProjects(compiler: Compiler, projects: readonly ParsedProject[]): ParsedProject[][] {
  const groups = new Map<string, ParsedProject[]>();
  for (const project of projects) {
    if (project.files.length === 0) continue;
    const meaning = Object.entries(project.options).filter(([name]) => !outputOptions.includes(name));
    const typeRoots = (compiler.getEffectiveTypeRoots(project.options, compiler.sys) ?? []).filter((path) =>
      existsSync(path),
    );
    const key = JSON.stringify([meaning.sort(([a], [b]) => (a < b ? -1 : 1)), typeRoots]);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [project]);
    else group.push(project);
  }
  return [...groups.values()];
}

function openProgram(
  compiler: Compiler,
  group: readonly ParsedProject[],
  isService: OpenOptions['isService'],
): CodeProgram {
  const [first] = group;
  const options: ts.CompilerOptions = { ...first?.options, noEmit: true, skipLibCheck: true };
  for (const name of outputOptions) if (name !== 'configFilePath' && name !== 'noEmit') delete options[name];
  const host = hostOf(compiler, options);
  const rootNames = [...new Set(group.flatMap(({ files }) => files))];
  const references = new Map(group.flatMap((project) => project.references.map((each) => [each.path, each] as const)));
  for (const { path } of group) references.delete(path);
  const program = compiler.createProgram({ rootNames, options, host, projectReferences: [...references.values()] });
  // Also those that the tsconfigs do not select, but that their files import.
  const files = program
    .getSourceFiles()
    .filter(({ isDeclarationFile, fileName }) => !isDeclarationFile && isService(fileName));
  return { program, checker: program.getTypeChecker(), files };
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

function hostOf(compiler: Compiler, options: ts.CompilerOptions): ts.CompilerHost {
  const host = compiler.createCompilerHost(options);
  const { fileExists, readFile } = host;
  const isLibrary = (path: string) => path.startsWith(`${compiler.libraryFolder}/`);
  const own: Partial<ts.CompilerHost> & { readonly useSourceOfProjectReferenceRedirect: () => boolean } = {
    // As in an editor: an import of another project leads to its source, whether or not it was built.
    useSourceOfProjectReferenceRedirect: () => true,
    getDefaultLibLocation: () => compiler.libraryFolder,
    getDefaultLibFileName: (given) => `${compiler.libraryFolder}/${compiler.getDefaultLibFileName(given)}`,
    fileExists: (path) => (isLibrary(path) ? compiler.libraryText(path) !== undefined : fileExists.call(host, path)),
    readFile: (path) => (isLibrary(path) ? compiler.libraryText(path) : readFile.call(host, path)),
  };
  return Object.assign(host, own);
}
