import type { EventChange, EventModel } from '@hyvve-events/catalog-model';
import type { NameOverrides, Presence, RuleSettings, RuleSeverity } from './config/config.js';
import type { PackageConfig } from './config/package-config.js';
import type { CompatibilityMode } from './diff/modes.js';
import type { WriteReport } from './output/write-files.js';
import { generate as runGenerate, loadCatalog as runLoadCatalog } from './pipeline.js';
import type { Problem } from './support/errors.js';

/** Options of {@link loadCatalog}: the settings of a config file, with paths relative to the working directory. */
export interface LoadOptions {
  /** The catalog's root document. */
  readonly catalog: string;
  /** Whether `$ref`s to other hosts are followed. Default: false, they are refused. */
  readonly allowRemote?: boolean;
  /** The folder that `$ref`s to files may not leave. Default: the repository of the catalog, else the folder around it. */
  readonly root?: string;
  /** Fields of the envelope that every publish must set. Default: `tenantId` required, `userId` optional. */
  readonly envelope?: { readonly tenantId?: Presence; readonly userId?: Presence };
  /** Prefix for the type of every event whose message has no `name`. Default: none. */
  readonly prefix?: string;
  /** Names that replace those that the generator makes. Default: none. */
  readonly names?: Partial<NameOverrides>;
  /** The folder of the recorded releases. Default: `history` in the folder of the catalog. */
  readonly history?: string;
  /** Severities and options of the rules, which override their defaults. */
  readonly rules?: RuleSettings;
  /** With more warnings than this, the call fails with `WARNINGS_EXCEEDED`. Default: no limit. */
  readonly maxWarnings?: number;
  /** Called when a stage begins, with its description: `reading catalog/asyncapi.yaml`. */
  readonly onStage?: (stage: string) => void;
}

/** A catalog that was read and checked. */
export interface LoadedCatalog {
  readonly model: EventModel;
  /** Sorted by file and line. */
  readonly warnings: readonly Problem[];
}

/** Options of {@link generate}. */
export interface GenerateOptions extends LoadOptions {
  /** The folder that the SDK is written to. */
  readonly out: string;
  /** Makes the SDK an npm package, with README, `package.json` and `tsconfig.json`. Default: these files are not written. */
  readonly package?: PackageConfig;
  /** Write no files, only report. Default: false. */
  readonly check?: boolean;
  /** Severity of changes that break compatibility with the existing output. Default: `warning`. */
  readonly breaking?: RuleSeverity;
  /** Which versions must understand each other. Default: `backward_transitive`. */
  readonly compatibility?: CompatibilityMode;
}

/** Result of {@link generate}. */
export interface GenerateResult extends LoadedCatalog {
  readonly report: WriteReport;
  /** Events that differ from those in the previous `catalog.json` of the output folder. Empty if there was none. */
  readonly changes: readonly EventChange[];
}

/** Reads and checks a catalog. @throws GeneratorError with every problem, including warnings, when one is an error */
export async function loadCatalog(options: LoadOptions): Promise<LoadedCatalog> {
  const { model, warnings } = await runLoadCatalog(options);
  return { model, warnings };
}

/** Writes the SDK of a catalog. Writes no file when there is an error. @throws GeneratorError with every problem */
export async function generate(options: GenerateOptions): Promise<GenerateResult> {
  const { model, warnings, report, changes } = await runGenerate(options);
  return { model, warnings, report, changes };
}
