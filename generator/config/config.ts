import type { CompatibilityMode } from '../diff/modes.js';
import { GeneratorError, type RuleCode } from '../support/errors.js';
import { findConfigFile, importConfig, type RawConfig } from './config-file.js';
import { checkConfig } from './config-keys.js';

/** How much a rule's finding counts: nothing, a warning, or an error that stops generation. */
export type RuleSeverity = 'off' | 'warning' | 'error';

/** A rule's severity, or its severity with its options. */
export type RuleSetting = RuleSeverity | RuleOptions;

export interface RuleOptions {
  /** Default: the rule's own. */
  readonly severity?: RuleSeverity;
  /** Event types, patterns such as `agent.*`, or names of schemas that the rule leaves alone. */
  readonly except?: readonly string[];
  /** Of `TYPE_NAMING`: a regular expression that each event type must match. */
  readonly pattern?: string;
  /** Of `PERSONAL_DATA`: names of properties, beside the rule's own. */
  readonly names?: readonly string[];
}

export type RuleSettings = Readonly<Partial<Record<RuleCode, RuleSetting>>>;

/** Names that a person chose over those that would be made. */
export interface NameOverrides {
  /**
   * Words that event types begin with and that domains and TypeScript names leave out, such as `org.example.shop`. The types on
   * the wire keep them.
   */
  readonly typePrefix?: string;
  /** Key of an event, which names its TypeScript types, by its type: `{ 'shop.order-placed': 'OrderPlaced' }`. */
  readonly events: Readonly<Record<string, string>>;
  /** TypeScript name of a schema by the name it would have. */
  readonly schemas: Readonly<Record<string, string>>;
}

export type Presence = 'required' | 'optional';

/** What a config file may say: each key has a default. Paths are relative to the config file. */
export interface ConfigFile {
  /** The catalog's root document. Default `catalog/asyncapi.yaml`. */
  readonly catalog?: string;
  /** The folder that the SDK is written to. Default `generated`. */
  readonly out?: string;
  /** Makes the SDK an npm package. Default: none is written. */
  readonly package?: { readonly name: string; readonly version: string };
  /** Put before the type of every event that its document gives no type (no `name`): `shop` makes `shop.<channel>.<key>`. */
  readonly prefix?: string;
  readonly names?: Partial<NameOverrides>;
  /** Fields of the envelope that every publish must give. Default: `tenantId` required, `userId` optional. */
  readonly envelope?: { readonly tenantId?: Presence; readonly userId?: Presence };
  readonly rules?: RuleSettings;
  /** More warnings than this are a failure. Default: warnings never fail. */
  readonly maxWarnings?: number;
  /** Whether `$ref`s to other hosts are fetched. Default false. */
  readonly allowRemote?: boolean;
  /** The folder that `$ref`s to files may not leave. Default: the repository that the catalog is in, else the folder around the catalog's. */
  readonly root?: string;
  /** The folder of the catalog's released versions. Default `history` beside the catalog. */
  readonly history?: string;
  /** What `diff` and `generate` ask for. Default `backward_transitive`. */
  readonly compatibility?: CompatibilityMode;
  /** What `generate` makes of a change that breaks compatibility with the SDK that it wrote before. Default `warning`. */
  readonly breaking?: RuleSeverity;
}

/** A config file's settings over the defaults. Paths are relative to the working directory. */
export interface Config {
  /** The file it was read from; undefined when there is none. */
  readonly file: string | undefined;
  readonly catalog: string;
  readonly out: string;
  readonly package: { readonly name: string; readonly version: string } | undefined;
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
};

/** Types a config file: `export default defineConfig({ … })` in `hyvve-events.config.ts`. */
export function defineConfig(config: ConfigFile): ConfigFile {
  return config;
}

/**
 * The settings of a config file, over the defaults.
 * @param file Default: `hyvve-events.config.ts`, `.js`, `.mjs` or `.json` in the working directory, if one is there.
 * @throws GeneratorError `USAGE` with every key that cannot be used.
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
    names: { ...configDefaults.names, ...given.names },
    envelope: { ...configDefaults.envelope, ...given.envelope },
  };
}
