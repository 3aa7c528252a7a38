import type { CodePlace, UndecidedUsage, Usage, UsedService } from '@hyvve-events/catalog-model';
import type { ts } from 'ts-morph';
import type { Problem } from '../support/errors.js';
import { compare } from '../support/values.js';
import { followForwarders } from './calls-of-forwarders.js';
import type { Compiler } from './compiler.js';
import { decisions as decisionsOf } from './decide.js';
import { type FindPackage, packageFinder, type SdkIdentity } from './declaring-package.js';
import { diagnosticProblem, placeOf } from './diagnostics.js';
import { type EventNames, eventsOfSdks } from './known-events.js';
import { type CodeProgram, openProjects } from './open-projects.js';
import { originsIn } from './origins.js';
import { noSites, recorder, type Sites } from './record.js';
import { type ServiceCode, serviceCode } from './relevant-files.js';
import { servicesOfFiles } from './services-of-files.js';
import { tracer } from './trace.js';
import { visitFile } from './visit-file.js';

export interface FindOptions extends SdkIdentity {
  readonly compiler: Compiler;
  readonly tsconfigs: readonly string[];
  /** The events of the catalog. */
  readonly events: readonly EventNames[];
  /** Events of an earlier catalog, which code may still use. Default: none. */
  readonly earlier?: readonly EventNames[];
  readonly onStage: (stage: string) => void;
}

/** Everything that code says about events. */
export interface FoundUsages {
  readonly services: readonly UsedService[];
  readonly usages: readonly Usage[];
  readonly undecided: readonly UndecidedUsage[];
  /** Calls that start a bus whose service only the run decides. */
  readonly unnamed: readonly CodePlace[];
  /** Errors of the code that may hide usages. */
  readonly problems: readonly Problem[];
  /** Number of files of services. */
  readonly files: number;
  /** Number of test files that were left out. */
  readonly tests: number;
  /** The programs, for further questions about the code. */
  readonly programs: readonly ReadProgram[];
}

/** A program, with the files of services in it. */
export interface ReadProgram extends CodeProgram {
  readonly code: ServiceCode;
  readonly findPackage: FindPackage;
  readonly servicesOf: (file: ts.SourceFile) => readonly string[];
}

/** Most errors of the code that are reported. */
const mostErrors = 20;

/** Finds every place that publishes or handles an event. @throws GeneratorError `USAGE`, `CODE_MISSING` */
export function findUsages(options: FindOptions): FoundUsages {
  const { compiler, tsconfigs, onStage } = options;
  const findPackage = packageFinder(options);
  const isService = (file: string) => findPackage(file) === undefined;
  const opened = openProjects(compiler, { tsconfigs, isService, onStage });
  const eventsOf = eventsOfSdks(options.events, options.earlier ?? []);
  const parts = opened.programs.map((program) => {
    const code = serviceCode(compiler, program, findPackage);
    onStage(`searching ${code.relevant.length} of ${code.files.length} files`);
    const sites = findSites(program, code, { compiler, findPackage, eventsOf });
    const naming = new Map<ts.SourceFile, Set<string>>();
    for (const { node, name } of sites.services) {
      const file = node.getSourceFile();
      if (name !== undefined) naming.set(file, (naming.get(file) ?? new Set()).add(name));
    }
    const servicesOf = servicesOfFiles(code.imports, naming);
    onStage(`checking the types of ${code.relevant.length} files`);
    const problems = errorsOf(compiler, program, code);
    return { program: { ...program, code, findPackage, servicesOf }, sites, problems };
  });
  const results = parts.map(({ program, sites }) => resultsOf(program, sites));
  return {
    services: firstOfEach(results.flatMap(({ services }) => services)),
    usages: inOrder(results.flatMap(({ usages }) => usages)),
    undecided: inOrder(results.flatMap(({ undecided }) => undecided)),
    unnamed: inOrder(results.flatMap(({ unnamed }) => unnamed)),
    problems: [...opened.problems, ...parts.flatMap(({ problems }) => problems)],
    files: parts.reduce((sum, { program }) => sum + program.code.files.length, 0),
    tests: parts.reduce((sum, { program }) => sum + program.code.tests, 0),
    programs: parts.map(({ program }) => program),
  };
}

interface SearchTools extends Pick<FindOptions, 'compiler'> {
  readonly findPackage: FindPackage;
  readonly eventsOf: ReturnType<typeof eventsOfSdks>;
}

function findSites(
  { checker }: CodeProgram,
  code: ServiceCode,
  { compiler, findPackage, eventsOf }: SearchTools,
): Sites {
  const sites = noSites();
  const origins = originsIn(compiler, checker, findPackage);
  const trace = tracer(compiler, checker);
  const decisions = decisionsOf(compiler, checker, findPackage, trace);
  const record = recorder(sites, checker, decisions, trace);
  const mentions: { readonly node: ts.Node; readonly type: string; readonly how: string }[] = [];
  for (const file of code.relevant) {
    visitFile(file, {
      compiler,
      checker,
      origins,
      trace,
      decisions,
      eventsOf,
      record,
      onPublisher: (node, type, how) => sites.found.push({ node, kind: 'publish', type, how }),
      onDefinition: (node, type, how) => mentions.push({ node, type, how }),
      onMethod: (node, type, how) => sites.found.push({ node, kind: 'handle', type, how }),
    });
  }
  followForwarders(sites, { compiler, checker, origins, files: code.files, record });
  for (const mention of mentions) {
    if (!isWithin(mention.node, sites.consumed)) sites.found.push({ ...mention, kind: 'mention' });
  }
  return sites;
}

function isWithin(node: ts.Node, expressions: ReadonlySet<ts.Node>): boolean {
  for (let at = node; at !== undefined; at = at.parent) if (expressions.has(at)) return true;
  return false;
}

/**
 * Errors that may hide usages: syntax anywhere, imports of own modules that lead nowhere, and types in the files that may use events.
 * Types elsewhere are not checked: they hide nothing, and checking them would double the time.
 */
function errorsOf(compiler: Compiler, { program }: CodeProgram, code: ServiceCode): Problem[] {
  const relevant = new Set(code.relevant);
  const found: Problem[] = [];
  const unresolved = code.unresolved.filter((specifier) => !relevant.has(specifier.getSourceFile()));
  for (const specifier of unresolved) {
    const message = `cannot find the module '${specifier.text}'`;
    const hint = 'correct the import: usages behind it cannot be found';
    found.push({ code: 'CODE_INVALID', severity: 'error', ...placeOf(specifier), message, hint });
  }
  for (const file of code.files) {
    const diagnostics = [
      ...program.getSyntacticDiagnostics(file),
      ...(relevant.has(file) ? program.getSemanticDiagnostics(file) : []),
    ].filter(({ category }) => category === compiler.DiagnosticCategory.Error);
    found.push(...diagnostics.map((diagnostic) => diagnosticProblem(compiler, diagnostic, file.fileName)));
    if (found.length >= mostErrors) return found.slice(0, mostErrors);
  }
  return found;
}

function resultsOf({ servicesOf }: ReadProgram, sites: Sites) {
  const published = new Set(
    sites.found
      .filter(({ kind }) => kind !== 'mention')
      .map(({ node, type }) => `${node.getSourceFile().fileName} ${type}`),
  );
  // A definition in the list that is published below it says nothing more.
  const found = sites.found.filter(
    ({ kind, node, type }) => kind !== 'mention' || !published.has(`${node.getSourceFile().fileName} ${type}`),
  );
  return {
    services: sites.services.flatMap(({ node, name }) => {
      if (name === undefined) return [];
      const { file, line } = placeOf(node);
      return [{ name, file, line }];
    }),
    unnamed: sites.services.flatMap(({ node, name }) => (name === undefined ? [placeOf(node)] : [])),
    usages: found.map(({ node, kind, type, how }) => ({
      ...placeOf(node),
      kind,
      type,
      services: servicesOf(node.getSourceFile()),
      how,
    })),
    undecided: sites.undecided.map(({ node, kind, how, reason }) => ({
      ...placeOf(node),
      kind,
      services: servicesOf(node.getSourceFile()),
      how,
      reason,
    })),
  };
}

function firstOfEach(services: readonly UsedService[]): UsedService[] {
  const byPlace = [...services].sort((a, b) => compare(a.file, b.file) || a.line - b.line);
  const first = new Map([...byPlace].reverse().map((service) => [service.name, service] as const));
  return [...first.values()].sort((a, b) => compare(a.name, b.name));
}

/** By place, each once: a file may belong to several programs. */
function inOrder<T extends CodePlace & { readonly kind?: string; readonly type?: string }>(places: readonly T[]): T[] {
  const unique = new Map(
    places.map((each) => [`${each.file}:${each.line}:${each.column} ${each.kind} ${each.type}`, each]),
  );
  return [...unique.values()].sort(
    (a, b) =>
      compare(a.file, b.file) ||
      a.line - b.line ||
      a.column - b.column ||
      compare(`${a.kind} ${a.type}`, `${b.kind} ${b.type}`),
  );
}
