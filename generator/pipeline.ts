import { join } from 'node:path';
import { type BuildOptions, type BuiltModel, buildModel } from './build/build-model.js';
import type { RuleSettings, RuleSeverity } from './config/config.js';
import type { PackageConfig } from './config/package-config.js';
import { breakingProblems } from './diff/breaking-problems.js';
import type { EventChange } from './diff/change.js';
import { changesFile } from './diff/changes-file.js';
import { type ComparableModel, compareModels } from './diff/compare-models.js';
import { type Release, readHistory } from './diff/history.js';
import { historyFolder } from './diff/history-files.js';
import { comparableOf, parseModel } from './diff/model-file.js';
import type { CompatibilityMode } from './diff/modes.js';
import { validateDocument } from './document/validate-document.js';
import { emitAll } from './emit/emit-files.js';
import type { EventModel } from './model/event-model.js';
import type { UpcasterFile } from './model/upcaster-file.js';
import type { EmittedFile } from './output/emitted-file.js';
import type { InputFile } from './output/run-cache.js';
import { textOnDisk, type WriteReport, writeFiles } from './output/write-files.js';
import { checkSchemas } from './rules/check-payloads.js';
import { invalidOrderingKeys } from './rules/ordering-keys.js';
import { runRules } from './rules/run-rules.js';
import { unsupportedSchemas } from './rules/unsupported-schemas.js';
import { findUnusedSchemas } from './rules/unused-schemas.js';
import { resolver, walkSchemas } from './rules/walk-schema.js';
import { type DrawnSamples, drawSamples } from './sample/draw-samples.js';
import { boundsOf } from './source/catalog-root.js';
import { DocumentStore } from './source/document-store.js';
import { Cache } from './support/cache.js';
import { GeneratorError, type Problem } from './support/errors.js';
import { countProblems, mergeProblems } from './support/problems.js';
import { CompiledValidators } from './validators/compile-validators.js';
import { createSchemaChecks, type SchemaChecks } from './validators/schema-checks.js';
import { checkConversions } from './versions/check-conversions.js';
import { passedSunsets } from './versions/passed-sunsets.js';
import { readOlderVersions } from './versions/read-older-versions.js';
import { unreleasedMajors } from './versions/unreleased.js';
import { replacedSources } from './versions/upcaster-files.js';

export interface ReadOptions extends BuildOptions {
  /** The catalog's root document. */
  readonly catalog: string;
  /** Whether `$ref`s to other hosts are followed. Default false: they are refused. */
  readonly allowRemote?: boolean | undefined;
  /** The folder that `$ref`s to files may not leave. Default: the repository that contains the catalog, or the parent of the catalog's folder. */
  readonly root?: string | undefined;
  /** Results of earlier runs of this process: a run then repeats only the steps whose input changed. Default: an empty cache. */
  readonly cache?: Cache;
}

export interface LoadOptions extends ReadOptions {
  /** The folder of the recorded releases. Default: `history` in the folder of the catalog. */
  readonly history?: string | undefined;
  /** Severities and options of the rules; they override the defaults. */
  readonly rules?: RuleSettings;
  /** Whether conversions of older versions are checked with many samples, and wrong ones are errors. Default: false. */
  readonly isThorough?: boolean;
  /** With more warnings than this, nothing is generated. Default: no limit. */
  readonly maxWarnings?: number | undefined;
  /** Called at the start of each stage with its description: `reading catalog/asyncapi.yaml`. */
  readonly onStage?: (stage: string) => void;
}

export interface LoadedCatalog {
  /** With the older versions of its events. */
  readonly model: EventModel;
  /** The recorded releases, oldest first. */
  readonly releases: readonly Release[];
  readonly validators: CompiledValidators;
  readonly checks: SchemaChecks;
  /** Valid data by event type, for each event for which some was found. */
  readonly samples: DrawnSamples['samples'];
  readonly placeOf: BuiltModel['placeOf'];
  /** The files with written conversions. */
  readonly upcasters: readonly UpcasterFile[];
  /** In the order of their places. */
  readonly warnings: readonly Problem[];
  /** Every file that was read. */
  readonly files: readonly InputFile[];
}

export interface GenerateOptions extends LoadOptions {
  /** The folder that the SDK is written to. */
  readonly out: string;
  readonly package?: PackageConfig | undefined;
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

/** How conversions are checked: by `check`, and by the commands that a person waits for. */
const thorough = { samples: 300, written: 'error' } as const;
const quick = { samples: 30, written: 'warning' } as const;

/** Reads and checks a catalog. @throws GeneratorError with every problem found, including warnings, if one of them is an error. */
export async function loadCatalog(options: LoadOptions): Promise<LoadedCatalog> {
  const { catalog, rules, maxWarnings, onStage, cache = new Cache() } = options;
  onStage?.(`reading ${catalog}`);
  const store = storeFor(options, cache);
  const built = await build(store, options, cache).catch(async (error: unknown) => {
    throw await withDocumentProblems(error, store, catalog);
  });
  onStage?.(`checking ${built.model.events.length} events`);
  const releases = readHistory(historyFolder(options));
  const { model, upcasters, ...versions } = readOlderVersions(built, { catalog, releases, cache });
  const validators = new CompiledValidators(model, cache);
  const checks = createSchemaChecks(validators);
  // Rules are for the present catalog: a schema of an older version cannot change any more.
  const schemaProblems = [
    ...built.warnings,
    ...unsupportedSchemas(built, cache),
    ...checkSchemas(built, checks),
    ...invalidOrderingKeys(built),
    ...versions.problems,
  ];
  const broken = schemaProblems.some(({ severity }) => severity === 'error');
  const found = broken
    ? []
    : runRules(
        {
          ...built,
          ...checks,
          cache,
          unusedSchemas: () => findUnusedSchemas(store, cache),
          visited: walkSchemas(built.model, cache),
          resolve: resolver(built.model),
          inexactNumbers: () => [...store.files.all()].flatMap(({ source }) => source.inexactNumbers()),
        },
        rules,
      );
  onStage?.('validating the document against the AsyncAPI specification');
  const ofDocument = await validateDocument(store, catalog, cache);
  const isInvalid = ofDocument.some(({ severity }) => severity === 'error');
  // An invalid document usually causes EVENTS_MISSING; only the cause is reported.
  const own = isInvalid ? schemaProblems.filter(({ code }) => code !== 'EVENTS_MISSING') : schemaProblems;
  let problems = mergeProblems([...own, ...found, ...ofDocument]);
  if (countProblems(problems).errors === 0) {
    onStage?.('checking conversions of older versions');
    const { samples, written } = options.isThorough === true ? thorough : quick;
    const { placeOf } = built;
    const failed = await checkConversions({ model, checks, upcasters, placeOf, cache, samples, written });
    const late = options.isThorough === true ? passedSunsets(model, placeOf, new Date()) : [];
    problems = mergeProblems([...problems, ...failed, ...late]);
  }
  const drawn = countProblems(problems).errors > 0 ? undefined : drawSamples(built.model, checks, cache);
  if (drawn !== undefined) problems = mergeProblems([...problems, ...missingSamples(built, problems, drawn.missing)]);
  const { warnings } = countProblems(problems);
  if (maxWarnings !== undefined && warnings > maxWarnings) {
    problems.push(warningsExceeded(catalog, warnings, maxWarnings));
    throw new GeneratorError(problems);
  }
  if (drawn === undefined) throw new GeneratorError(problems);
  const { placeOf } = built;
  const { samples } = drawn;
  const files = [...store.files.all(), ...upcasters];
  return { model, releases, upcasters, placeOf, validators, checks, samples, warnings: problems, files };
}

/**
 * Reads only the model of a catalog that is checked elsewhere: an older version, or one that is compared. Neither the rules
 * nor the AsyncAPI specification are checked. @throws GeneratorError
 */
export async function readCatalog(options: ReadOptions): Promise<BuiltModel> {
  const { cache = new Cache() } = options;
  return build(storeFor(options, cache), options, cache);
}

/** As {@link readCatalog}, but synchronous: references to other hosts are refused. @throws GeneratorError */
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

/** Builds the model. Repeats this after fetching remote files that were found to be necessary. */
async function build(store: DocumentStore, options: ReadOptions, cache: Cache): Promise<BuiltModel> {
  for (;;) {
    try {
      return buildModel(store, options.catalog, options, cache);
    } catch (error) {
      if (!(await store.files.fetchMissing())) throw error;
    }
  }
}

/** Adds the violations of the AsyncAPI specification to the problems of a failed build, to report all in one run. */
async function withDocumentProblems(error: unknown, store: DocumentStore, catalog: string): Promise<unknown> {
  if (!(error instanceof GeneratorError)) return error;
  // A document without a version cannot be validated against a specification.
  if (error.problems.some(({ code }) => code === 'ASYNCAPI_VERSION')) return error;
  const more = await validateDocument(store, catalog).catch((other: unknown) => {
    if (!(other instanceof GeneratorError)) throw other;
    return other.problems;
  });
  return new GeneratorError(mergeProblems([...error.problems, ...more]));
}

function warningsExceeded(catalog: string, count: number, most: number): Problem {
  return {
    code: 'WARNINGS_EXCEEDED',
    severity: 'error',
    file: catalog,
    line: 1,
    column: 1,
    message: `${count} warnings, and at most ${most} are allowed`,
    hint: 'fix them, disable their rules in the config, or raise --max-warnings',
  };
}

/** Generates the SDK of a catalog. If the catalog has an error, no file is changed. @throws GeneratorError */
export async function generate(options: GenerateOptions): Promise<GenerateResult> {
  const { out, onStage, cache = new Cache() } = options;
  const loaded = await loadCatalog({ ...options, cache });
  const before = await modelOnDisk(join(out, 'catalog.json'), cache);
  const lost = [...unreleasedMajors(before, loaded), ...replacedSources(loaded, out)];
  if (lost.length > 0) throw new GeneratorError([...loaded.warnings, ...lost]);
  onStage?.('printing types and compiling validators');
  const emitted = await emitAll(loaded.model, {
    samples: loaded.samples,
    upcasters: loaded.upcasters,
    validators: loaded.validators,
    cache,
    ...(options.package === undefined ? {} : { package: options.package }),
  });
  const model = comparableOf(loaded.model);
  const files = [...emitted, ...changesFile(loaded.releases, model)];
  // So the next run does not have to parse the file that this run writes.
  cache.derive(parseModelStep, join(out, 'catalog.json'), [textAt(emitted, 'catalog.json')], () => model);
  const isSame = before === undefined || before.catalog.hash === model.catalog.hash;
  const changes = isSame ? [] : compareModels(before, model).events;
  const broken = problemsOfBreaks(changes, loaded, options);
  if (countProblems(broken).errors > 0) throw new GeneratorError([...loaded.warnings, ...broken]);
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
    mode: compatibility,
    severity: breaking,
    events: model.events,
    placeOf,
    catalog,
    since: 'the existing SDK',
    advice: '`hyvve-events diff` compares with the latest release',
  });
}

/** Warnings for events without a sample. */
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
    code: 'SAMPLE_MISSING',
    severity: 'warning',
    ...placeOf(event.source),
    message: `no valid data was found for ${event.type}, so the SDK has no sample of it: ${reason}`,
    hint: 'add an example to the message',
  }));
}

const parseModelStep = 'parse-model';

/** The model that the last run wrote; undefined if it does not exist or cannot be read. */
async function modelOnDisk(path: string, cache: Cache): Promise<ComparableModel | undefined> {
  const text = await textOnDisk(path, cache).catch(() => undefined);
  return text === undefined ? undefined : cache.derive(parseModelStep, path, [text], () => parseModel(text));
}

function textAt(files: readonly EmittedFile[], path: string): string | undefined {
  return files.find((file) => file.path === path)?.text;
}
