import { join } from 'node:path';
import { type BuildOptions, type BuiltModel, buildModel } from './build/build-model.js';
import type { RuleSettings, RuleSeverity } from './config/config.js';
import { breakingProblems } from './diff/breaking-problems.js';
import type { EventChange } from './diff/change.js';
import { changesFile } from './diff/changes-file.js';
import { type ComparableModel, compareModels } from './diff/compare-models.js';
import { historyFolder, readHistory } from './diff/history.js';
import { comparableOf, parseModel } from './diff/model-file.js';
import type { CompatibilityMode } from './diff/modes.js';
import { validateDocument } from './document/validate-document.js';
import { emitAll } from './emit/emit-files.js';
import type { EventModel } from './model/event-model.js';
import type { EmittedFile } from './output/emitted-file.js';
import { textOnDisk, type WriteReport, writeFiles } from './output/write-files.js';
import { checkSchemas } from './rules/check-payloads.js';
import { runRules } from './rules/run-rules.js';
import { unsupportedSchemas } from './rules/unsupported-schemas.js';
import { findUnusedSchemas } from './rules/unused-schemas.js';
import { resolver, walkSchemas } from './rules/walk-schema.js';
import { type DrawnSamples, drawSamples } from './sample/draw-samples.js';
import { boundsOf } from './source/catalog-root.js';
import { DocumentStore } from './source/document-store.js';
import type { ReadFile } from './source/open-files.js';
import { Cache } from './support/cache.js';
import { GeneratorError, type Problem } from './support/errors.js';
import { countProblems, mergeProblems } from './support/problems.js';
import { CompiledValidators } from './validators/compile-validators.js';
import { createSchemaChecks, type SchemaChecks } from './validators/schema-checks.js';

export interface ReadOptions extends BuildOptions {
  /** The catalog's root document. */
  readonly catalog: string;
  /** Whether `$ref`s to other hosts are followed. Default false: they are refused. */
  readonly allowRemote?: boolean | undefined;
  /** The folder that `$ref`s to files may not leave. Default: the repository that the catalog is in, else the folder around the catalog's. */
  readonly root?: string | undefined;
  /** Of earlier runs of this process: a run then does again only what changed. Default: an empty one. */
  readonly cache?: Cache;
}

export interface LoadOptions extends ReadOptions {
  /** Severities and options of the rules, over their defaults. */
  readonly rules?: RuleSettings;
  /** With more warnings than this nothing is generated. Default: no limit. */
  readonly maxWarnings?: number | undefined;
  /** Called as each stage begins, with what it does: `reading catalog/asyncapi.yaml`. */
  readonly onStage?: (stage: string) => void;
}

export interface LoadedCatalog {
  readonly model: EventModel;
  readonly validators: CompiledValidators;
  readonly checks: SchemaChecks;
  /** Valid data of each event that has some, by type. */
  readonly samples: DrawnSamples['samples'];
  readonly placeOf: BuiltModel['placeOf'];
  /** In the order of their places. */
  readonly warnings: readonly Problem[];
  /** Every file that was read. */
  readonly files: readonly ReadFile[];
}

export interface GenerateOptions extends LoadOptions {
  /** The folder that the SDK is written to. */
  readonly out: string;
  /** The folder of the recorded releases. Default: `history` in the folder of the catalog. */
  readonly history?: string | undefined;
  readonly package?: { readonly name: string; readonly version: string } | undefined;
  /** Write no files, only report. Default: false. */
  readonly check?: boolean;
  /** Severity of changes that break compatibility with the existing output. Default: `warning`. */
  readonly breaking?: RuleSeverity;
  /** Which versions must understand each other. Default: `backward_transitive`. */
  readonly compatibility?: CompatibilityMode;
}

export interface GenerateResult extends LoadedCatalog {
  readonly report: WriteReport;
  /** Every file of the output with its expected content. */
  readonly emitted: readonly EmittedFile[];
  /** Events that differ from those in the previous `catalog.json` of the output folder. Empty if there was none. */
  readonly changes: readonly EventChange[];
}

/** Reads and checks a catalog. @throws GeneratorError with every problem found, warnings included, when one is an error. */
export async function loadCatalog(options: LoadOptions): Promise<LoadedCatalog> {
  const { catalog, rules, maxWarnings, onStage, cache = new Cache() } = options;
  onStage?.(`reading ${catalog}`);
  const store = storeFor(options, cache);
  const built = await build(store, options, cache).catch(async (error: unknown) => {
    throw await withDocumentProblems(error, store, catalog);
  });
  onStage?.(`checking ${built.model.events.length} events`);
  const validators = new CompiledValidators(built.model, cache);
  const checks = createSchemaChecks(validators);
  const faults = [...built.warnings, ...unsupportedSchemas(built), ...checkSchemas(built, checks)];
  const broken = faults.some(({ severity }) => severity === 'error');
  const found = broken
    ? []
    : runRules(
        {
          ...{ ...built, ...checks, unusedSchemas: () => findUnusedSchemas(store, cache) },
          ...{ visited: walkSchemas(built.model, cache), resolve: resolver(built.model) },
          inexactNumbers: () => [...store.files.all()].flatMap(({ source }) => source.inexactNumbers()),
        },
        rules,
      );
  onStage?.('validating the document against the AsyncAPI specification');
  const ofDocument = await validateDocument(store, catalog, cache);
  const isInvalid = ofDocument.some(({ severity }) => severity === 'error');
  // That there are no events follows from what is wrong with the document.
  const own = isInvalid ? faults.filter(({ code }) => code !== 'EVENTS_MISSING') : faults;
  let problems = mergeProblems([...own, ...found, ...ofDocument]);
  const drawn = countProblems(problems).errors > 0 ? undefined : drawSamples(built.model, checks, cache);
  if (drawn !== undefined) problems = mergeProblems([...problems, ...missingSamples(built, problems, drawn.missing)]);
  const { warnings } = countProblems(problems);
  if (maxWarnings !== undefined && warnings > maxWarnings) {
    problems.push(warningsExceeded(catalog, warnings, maxWarnings));
    throw new GeneratorError(problems);
  }
  if (drawn === undefined) throw new GeneratorError(problems);
  const { model, placeOf } = built;
  const { samples } = drawn;
  return { model, placeOf, validators, checks, samples, warnings: problems, files: [...store.files.all()] };
}

/**
 * The model alone, of a catalog that is checked elsewhere: an older version, or one that is compared. No rule is asked, nor
 * the specification. @throws GeneratorError
 */
export async function readCatalog(options: ReadOptions): Promise<BuiltModel> {
  const { cache = new Cache() } = options;
  return build(storeFor(options, cache), options, cache);
}

/** The same of a catalog without references to other hosts, which are refused. @throws GeneratorError */
export function readLocalCatalog(options: ReadOptions): BuiltModel {
  return buildModel(new DocumentStore({ bounds: boundsOf(options.catalog, options.root) }), options.catalog, options);
}

function storeFor({ allowRemote, catalog, root }: ReadOptions, cache: Cache): DocumentStore {
  return new DocumentStore({
    allowRemote: allowRemote === true,
    bounds: boundsOf(catalog, root),
    cache,
  });
}

/** Builds the model; again after each round in which remote files were fetched that it turned out to need. */
async function build(store: DocumentStore, options: ReadOptions, cache: Cache): Promise<BuiltModel> {
  for (;;) {
    try {
      return buildModel(store, options.catalog, options, cache);
    } catch (error) {
      if (!(await store.files.fetchMissing())) throw error;
    }
  }
}

/** What keeps a model from being built, with what the specification says beside it: all problems in one go. */
async function withDocumentProblems(error: unknown, store: DocumentStore, catalog: string): Promise<unknown> {
  if (!(error instanceof GeneratorError)) return error;
  // A document without a version is held against no specification.
  if (error.problems.some(({ code }) => code === 'ASYNCAPI_VERSION')) return error;
  const more = await validateDocument(store, catalog).catch((other: unknown) => {
    if (!(other instanceof GeneratorError)) throw other;
    return other.problems;
  });
  return new GeneratorError(mergeProblems([...error.problems, ...more]));
}

function warningsExceeded(catalog: string, count: number, most: number): Problem {
  return {
    ...{ code: 'WARNINGS_EXCEEDED', severity: 'error', file: catalog, line: 1, column: 1 },
    message: `${count} warnings, and at most ${most} are allowed`,
    hint: 'fix them, disable their rules in the config, or raise --max-warnings',
  };
}

/** From a catalog to its SDK. No file is touched where anything is wrong. @throws GeneratorError */
export async function generate(options: GenerateOptions): Promise<GenerateResult> {
  const { out, onStage, cache = new Cache() } = options;
  const loaded = await loadCatalog({ ...options, cache });
  onStage?.('printing types and compiling validators');
  const emitted = await emitAll(loaded.model, {
    samples: loaded.samples,
    validators: loaded.validators,
    cache,
    ...(options.package === undefined ? {} : { package: options.package }),
  });
  const model = comparableOf(loaded.model);
  const files = [...emitted, ...changesFile(readHistory(historyFolder(options)), model)];
  const before = await modelOnDisk(join(out, 'catalog.json'), cache);
  // The next run then need not parse the file that this one writes.
  cache.derive(parseModelStep, join(out, 'catalog.json'), [textAt(emitted, 'catalog.json')], () => model);
  const isSame = before === undefined || before.catalog.hash === model.catalog.hash;
  const changes = isSame ? [] : compareModels(before, model).events;
  const broken = problemsOfBreaks(changes, loaded, options);
  if (options.breaking === 'error' && broken.length > 0) throw new GeneratorError([...loaded.warnings, ...broken]);
  onStage?.(`writing ${out}`);
  const report = await writeFiles(out, files, { check: options.check === true, cache });
  cache.dropUnused();
  return { ...loaded, warnings: mergeProblems([...loaded.warnings, ...broken]), emitted: files, changes, report };
}

function problemsOfBreaks(
  changes: readonly EventChange[],
  { model, placeOf }: LoadedCatalog,
  { breaking = 'warning', compatibility = 'backward_transitive', catalog }: GenerateOptions,
): Problem[] {
  if (breaking === 'off') return [];
  return breakingProblems(changes, {
    ...{ mode: compatibility, severity: breaking, events: model.events, placeOf, catalog },
    since: 'the SDK that is there',
    advice: '`hyvve-events diff` compares with what was released',
  });
}

/** Events for whose tests there is no sample. */
function missingSamples(
  { placeOf }: Pick<BuiltModel, 'placeOf'>,
  warnings: readonly Problem[],
  missing: DrawnSamples['missing'],
): Problem[] {
  const reported = new Set(
    warnings.filter(({ code }) => code === 'SCHEMA_UNSATISFIABLE').map(({ message }) => message.split(': ', 1)[0]),
  );
  const unknown = missing.filter(({ event }) => !reported.has(`no data is valid for ${event.payload}`));
  return unknown.map(({ event, reason }) => ({
    ...{ code: 'SAMPLE_MISSING', severity: 'warning', ...placeOf(event.source) },
    message: `no valid data was found for ${event.type}, so that the SDK has no sample of it: ${reason}`,
    hint: 'give the message an example',
  }));
}

const parseModelStep = 'parse-model';

/** The model that the last run wrote; undefined where there is none, or none that can be read. */
async function modelOnDisk(path: string, cache: Cache): Promise<ComparableModel | undefined> {
  const text = await textOnDisk(path, cache).catch(() => undefined);
  return text === undefined ? undefined : cache.derive(parseModelStep, path, [text], () => parseModel(text));
}

function textAt(files: readonly EmittedFile[], path: string): string | undefined {
  return files.find((file) => file.path === path)?.text;
}
