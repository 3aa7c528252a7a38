import { type Config, type RuleSeverity, readConfig } from '../config/config.js';

/** Flags that override the config. */
export interface SettingFlags {
  readonly config?: string;
  readonly catalog?: string;
  readonly out?: string;
  readonly maxWarnings?: number;
  readonly allowRemote?: boolean;
  readonly breaking?: RuleSeverity;
}

/** The config with the flags over it. @throws GeneratorError `USAGE` */
export async function readSettings(flags: SettingFlags): Promise<Config> {
  const config = await readConfig(flags.config);
  const out = flags.out ?? config.out;
  return {
    ...config,
    catalog: flags.catalog ?? config.catalog,
    out,
    maxWarnings: flags.maxWarnings ?? config.maxWarnings,
    allowRemote: flags.allowRemote ?? config.allowRemote,
    breaking: flags.breaking ?? config.breaking,
    // The package's name is that of the config's own folder, not of a copy written elsewhere.
    package: out === config.out ? config.package : undefined,
  };
}
