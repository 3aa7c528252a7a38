import type { ts } from 'ts-morph';
import type { Problem } from '../support/errors.js';
import { mergeProblems } from '../support/problems.js';
import { followForwarders } from './calls-of-forwarders.js';
import type { Compiler } from './compiler.js';
import { decisions as decisionsOf } from './decide.js';
import { type FindPackage, packageFinder, type SdkIdentity } from './declaring-package.js';
import { diagnosticProblem, placeOf } from './diagnostics.js';
import { type EventNames, type SdkEvents, sdkEvents } from './known-events.js';
import { type CodeProgram, openProjects } from './open-projects.js';
import { originsIn } from './origins.js';
import { mergeResults, type ProgramResult, programResult } from './program-result.js';
import { noSites, recorder, type Sites } from './record.js';
import { type ServiceCode, serviceCode } from './relevant-files.js';
import { servicesOfFiles } from './services-of-files.js';
import { servicesOfSites } from './services-of-sites.js';
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
  /** Called with each program, for further questions about the code, before the next one is opened. */
  readonly onProgram?: ((program: ReadProgram) => void) | undefined;
}

/** Everything that code says about events. */
export interface FoundUsages extends ProgramResult {
  /** Errors of the code that may hide usages. */
  readonly problems: readonly Problem[];
  /** Whether any file imports the SDK. */
  readonly usesSdk: boolean;
}

/** A program, with the files of services in it. */
export interface ReadProgram extends CodeProgram {
  readonly compiler: Compiler;
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
  const isService = (file: string) => findPackage(file) === undefined && !file.includes('/node_modules/');
  const opened = openProjects(compiler, { tsconfigs, isService, onStage });
  const events = sdkEvents(options.events, options.earlier ?? []);
  const results: ProgramResult[] = [];
  const problems = [...opened.problems];
  let usesSdk = false;
  // One program at a time: each needs hundreds of megabytes.
  for (const open of opened.programs) {
    const program = open();
    const code = serviceCode(compiler, program, findPackage);
    usesSdk ||= code.usesSdk;
    onStage(`searching ${code.relevant.length} of ${code.files.length} files`);
    const sites = findSites(program, code, { compiler, findPackage, events });
    const servicesOf = servicesOfFiles(code.imports, namingFiles(sites));
    const { checker } = program;
    results.push(programResult(sites, code, servicesOfSites(sites, { compiler, checker, servicesOf })));
    onStage(`checking the types of ${code.relevant.length} files`);
    problems.push(...errorsOf(compiler, program, code));
    options.onProgram?.({ ...program, compiler, code, findPackage, servicesOf });
  }
  return { ...mergeResults(results), problems: mergeProblems(problems), usesSdk };
}

function namingFiles({ services }: Sites): Map<ts.SourceFile, Set<string>> {
  const naming = new Map<ts.SourceFile, Set<string>>();
  for (const { node, name } of services) {
    const file = node.getSourceFile();
    if (name !== undefined) naming.set(file, (naming.get(file) ?? new Set()).add(name));
  }
  return naming;
}

interface SearchTools extends Pick<FindOptions, 'compiler'> {
  readonly findPackage: FindPackage;
  readonly events: SdkEvents;
}

function findSites({ checker }: CodeProgram, code: ServiceCode, { compiler, findPackage, events }: SearchTools): Sites {
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
      eventsOf: events.of,
      record,
      onPublisher: (node, type, how) => sites.found.push({ node, kind: 'publish', type, how }),
      onDefinition: (node, type, how) => mentions.push({ node, type, how }),
      onUndecided: (node, how) =>
        sites.undecided.push({
          node,
          kind: 'handle',
          how,
          reason: 'only the running code decides what it is called with',
        }),
      onMethod: (node, type, how) => sites.found.push({ node, kind: 'handle', type, how }),
    });
  }
  followForwarders(sites, { compiler, checker, origins, files: code.files, record });
  for (const mention of mentions) {
    if (!isWithin(mention.node, sites.consumed)) sites.found.push({ ...mention, kind: 'mention' });
  }
  // Definitions may be of another catalog.
  return { ...sites, found: sites.found.filter(({ type }) => events.has(type)) };
}

function isWithin(node: ts.Node, expressions: ReadonlySet<ts.Node>): boolean {
  for (let at = node; at !== undefined; at = at.parent) if (expressions.has(at)) return true;
  return false;
}

/**
 * Errors that may hide usages: syntax anywhere, imports that lead nowhere, and types in the files that may use events.
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
