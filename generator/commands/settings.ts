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

/** The settings of the config file, overridden by the flags. @throws GeneratorError `USAGE` */
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
    // The package name belongs to the output folder of the config, not to a copy in another folder.
    package: out === config.out ? config.package : undefined,
  };
}
