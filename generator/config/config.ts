import type { CompatibilityMode } from '../diff/modes.js';
import { GeneratorError, type RuleCode, type UsageRuleCode } from '../support/errors.js';
import { findConfigFile, importConfig, type RawConfig } from './config-file.js';
import { checkConfig } from './config-keys.js';
import type { ModelsSettings } from './models-config.js';
import type { PackageConfig } from './package-config.js';

/** Severity of a rule's findings: ignored, a warning, or an error that stops generation. */
export type RuleSeverity = 'off' | 'warning' | 'error';

/** A rule's severity, or its severity with its options. */
export type RuleSetting = RuleSeverity | RuleOptions;

export interface RuleOptions {
  /** Default: the rule's own. */
  readonly severity?: RuleSeverity;
  /** Event types, patterns such as `agent.*`, or names of schemas that the rule ignores. */
  readonly except?: readonly string[];
  /** For `TYPE_NAMING`: a regular expression that each event type must match. */
  readonly pattern?: string;
  /** For `PERSONAL_DATA`: names of properties, in addition to the built-in ones. */
  readonly names?: readonly string[];
}

export type RuleSettings = Readonly<Partial<Record<RuleCode | UsageRuleCode, RuleSetting>>>;

/** Names that replace those that the generator makes. */
export interface NameOverrides {
  /**
   * Prefix of event types that domains and TypeScript names omit, such as `org.example.shop`. The event types themselves are
   * unchanged.
   */
  readonly typePrefix?: string;
  /** Key of an event, which names its TypeScript types, by its type: `{ 'shop.order-placed': 'OrderPlaced' }`. */
  readonly events: Readonly<Record<string, string>>;
  /** TypeScript name of a schema, by its generated name. */
  readonly schemas: Readonly<Record<string, string>>;
}

export type Presence = 'required' | 'optional';

/** Settings of a config file. All are optional. Paths are relative to the config file. */
export interface ConfigFile {
  /** The catalog's root document. Default: `catalog/asyncapi.yaml`. */
  readonly catalog?: string;
  /** The folder that the SDK is written to. Default: `generated`. */
  readonly out?: string;
  /** Makes the SDK an npm package, with README, `package.json` and `tsconfig.json`. Default: these files are not written. */
  readonly package?: PackageConfig;
  /** Prefix for the type of every event whose message has no `name`: `shop` makes `shop.<channel>.<key>`. Default: none. */
  readonly prefix?: string;
  readonly names?: Partial<NameOverrides>;
  /** Fields of the envelope that every publish must set. Default: `tenantId` required, `userId` optional. */
  readonly envelope?: { readonly tenantId?: Presence; readonly userId?: Presence };
  readonly rules?: RuleSettings;
  /** Commands fail if there are more warnings than this. Default: warnings never fail. */
  readonly maxWarnings?: number;
  /** Whether `$ref`s to other hosts are fetched. Default: false. */
  readonly allowRemote?: boolean;
  /** The folder that `$ref`s to files may not leave. Default: the repository of the catalog, otherwise the parent of the catalog's folder. */
  readonly root?: string;
  /** The folder of the recorded releases. Default: `history` in the folder of the catalog. */
  readonly history?: string;
  /** Which versions must understand each other, for `diff` and `generate`. Default: `backward_transitive`. */
  readonly compatibility?: CompatibilityMode;
  /** Severity of changes that break compatibility with the existing SDK, for `generate`. Default: `warning`. */
  readonly breaking?: RuleSeverity;
  /** Names and folders of the models for other languages, for `models`. Default: none. */
  readonly models?: ModelsSettings;
  /** For `usages` and `diff --usages`. */
  readonly usages?: UsagesConfig;
}

/** Where the code of the services is. */
export interface UsagesConfig {
  /** The tsconfigs of the services, or their folders. Projects that they refer to are read too. Default: `tsconfig.json` in the working directory. */
  readonly tsconfigs?: readonly string[];
  /** The file that each run of `usages` writes, such as `usages.json`. Default: none. */
  readonly out?: string;
  /** Address of a line of code: `https://github.com/acme/shop/blob/main/{file}#L{line}`. Default: the docs name lines without a link. */
  readonly link?: string;
}

/** Settings of a config file, with defaults for those that are missing. Paths are relative to the working directory. */
export interface Config {
  /** The config file; undefined if there is none. */
  readonly file: string | undefined;
  readonly catalog: string;
  readonly out: string;
  readonly package: PackageConfig | undefined;
  readonly prefix: string | undefined;
  readonly names: NameOverrides;
  readonly envelope: { readonly tenantId: Presence; readonly userId: Presence };
  readonly rules: RuleSettings;
  readonly maxWarnings: number | undefined;
  readonly allowRemote: boolean;
  readonly root: string | undefined;
  readonly history: string | undefined;
  readonly compatibility: CompatibilityMode;
  readonly breaking: RuleSeverity;
  readonly models: ModelsSettings;
  readonly usages: UsagesConfig;
}

export const configDefaults: Config = {
  file: undefined,
  catalog: 'catalog/asyncapi.yaml',
  out: 'generated',
  package: undefined,
  prefix: undefined,
  names: { events: {}, schemas: {} },
  envelope: { tenantId: 'required', userId: 'optional' },
  rules: {},
  maxWarnings: undefined,
  allowRemote: false,
  root: undefined,
  history: undefined,
  compatibility: 'backward_transitive',
  breaking: 'warning',
  models: {},
  usages: {},
};

/** Returns its argument; gives a TypeScript config file its type: `export default defineConfig({ … })` in `hyvve-events.config.ts`. */
export function defineConfig(config: ConfigFile): ConfigFile {
  return config;
}

/**
 * Reads a config file and adds defaults for missing settings.
 * @param file Default: `hyvve-events.config.ts`, `.js`, `.mjs` or `.json` in the working directory, if one exists.
 * @throws GeneratorError `USAGE` with every invalid key.
 */
export async function readConfig(file = findConfigFile()): Promise<Config> {
  if (file === undefined) return configDefaults;
  const raw = await importConfig(file);
  const problems = checkConfig(raw);
  if (problems.length > 0) throw new GeneratorError(problems);
  return normalise(raw);
}

function normalise({ file, value, resolvePath }: RawConfig): Config {
  const given = value as ConfigFile;
  return {
    ...configDefaults,
    ...given,
    file,
    catalog: resolvePath(given.catalog ?? configDefaults.catalog),
    out: resolvePath(given.out ?? configDefaults.out),
    root: given.root === undefined ? undefined : resolvePath(given.root),
    history: given.history === undefined ? undefined : resolvePath(given.history),
    usages: usagesOf(given.usages ?? {}, resolvePath),
    names: { ...configDefaults.names, ...given.names },
    envelope: { ...configDefaults.envelope, ...given.envelope },
    models: resolveModels(given.models, resolvePath),
  };
}

function resolveModels(models: ModelsSettings = {}, resolvePath: RawConfig['resolvePath']): ModelsSettings {
  return Object.fromEntries(
    Object.entries(models).map(([language, { out, ...names }]) => [
      language,
      out === undefined ? names : { ...names, out: resolvePath(out) },
    ]),
  );
}

function usagesOf({ tsconfigs, out, ...rest }: UsagesConfig, resolvePath: RawConfig['resolvePath']): UsagesConfig {
  return {
    ...rest,
    ...(tsconfigs === undefined ? {} : { tsconfigs: tsconfigs.map(resolvePath) }),
    ...(out === undefined ? {} : { out: resolvePath(out) }),
  };
}
