import { existsSync } from 'node:fs';
import type { ts } from 'ts-morph';
import { commandError, GeneratorError, type Problem } from '../support/errors.js';
import type { Compiler } from './compiler.js';
import { type ParsedProject, readProjects } from './read-projects.js';

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
    const missing = commandError('usages', { code: 'CODE_MISSING', message, hint });
    // An error of a tsconfig may be the reason.
    throw new GeneratorError([...problems, ...missing.problems]);
  }
  const groups = groupProjects(compiler, projects);
  const sources = new Map(projects.flatMap((project) => [...project.sources]));
  const programs = groups.map((group, index) => () => {
    const number = groups.length === 1 ? '' : ` (${index + 1} of ${groups.length})`;
    onStage(`reading ${group.reduce((sum, { files }) => sum + files.length, 0)} files${number}`);
    return openProgram(compiler, group, { isService, sources });
  });
  return { programs, problems };
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
  { isService, sources }: Pick<OpenOptions, 'isService'> & Pick<ParsedProject, 'sources'>,
): CodeProgram {
  const [first] = group;
  const options: ts.CompilerOptions = { ...first?.options, noEmit: true, skipLibCheck: true };
  for (const name of outputOptions) if (name !== 'configFilePath' && name !== 'noEmit') delete options[name];
  const host = hostOf(compiler, options, sources);
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

function hostOf(compiler: Compiler, options: ts.CompilerOptions, sources: ParsedProject['sources']): ts.CompilerHost {
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
  Object.assign(host, own);
  if (sources.size > 0) Object.assign(host, { resolveModuleNameLiterals: resolverOf(compiler, host, sources) });
  return host;
}

/** Resolves imports as the compiler does, but to the source of a built declaration file of one of the projects. */
function resolverOf(
  compiler: Compiler,
  host: ts.CompilerHost,
  sources: ParsedProject['sources'],
): NonNullable<ts.CompilerHost['resolveModuleNameLiterals']> {
  let cache: ts.ModuleResolutionCache | undefined;
  return (literals, containingFile, redirected, options, file) =>
    literals.map((literal) => {
      cache ??= compiler.createModuleResolutionCache(host.getCurrentDirectory(), (name) => name, options);
      const mode = compiler.getModeForUsageLocation(file, literal, options);
      const result = compiler.resolveModuleName(literal.text, containingFile, options, host, cache, redirected, mode);
      const { resolvedModule } = result;
      const source = resolvedModule && sources.get(resolvedModule.resolvedFileName);
      if (source === undefined) return result;
      const extension = /\.[cm]?tsx?$/.exec(source)?.[0] ?? '.ts';
      return { ...result, resolvedModule: { resolvedFileName: source, extension, isExternalLibraryImport: false } };
    });
}
