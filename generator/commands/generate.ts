import { Cache } from '../support/cache.js';
import { commandError, type GeneratorError } from '../support/errors.js';
import {
  allowRemoteOption,
  type Command,
  type CommonFlags,
  catalogOption,
  maxWarningsOption,
  outOption,
} from './command.js';
import { commandResult, runCached, runFull, runWithMemo } from './generate-once.js';
import { readSettings, type SettingFlags } from './settings.js';

interface Flags extends CommonFlags, SettingFlags {
  readonly check?: boolean;
  readonly watch?: boolean;
  readonly cache?: boolean;
}

export const generate: Command<Flags> = {
  name: 'generate',
  summary: 'Write the SDK. Only files that differ are written, and none if the catalog has an error.',
  options: [
    catalogOption,
    outOption,
    { flags: '--check', description: 'write nothing; list the files that are out of date and exit with 1' },
    { flags: '--watch', description: 'generate again after every change of the catalog or the config, until Ctrl-C' },
    { flags: '--no-cache', description: 'run every step; neither read nor write the cache' },
    {
      flags: '--breaking <severity>',
      description: 'severity of a change that breaks compatibility with the existing SDK (default: warning)',
      choices: ['off', 'warning', 'error'],
    },
    maxWarningsOption,
    allowRemoteOption,
  ],
  help: `Examples:
  $ hyvve-events generate                            with the config of this folder, or the defaults
  $ hyvve-events generate --watch                    while you edit: one line per run, continues after errors
  $ hyvve-events generate --catalog api/asyncapi.yaml --out src/events
  $ hyvve-events generate --check                    in CI: the committed SDK matches the catalog

Exit codes: 0 done, 1 an error in the catalog (nothing is written) or drift, 2 wrong usage.`,
  warningsPerCode: 3,
  async run(flags, io) {
    const check = flags.check === true;
    if (flags.watch === true) {
      if (check) throw contradiction();
      const { watchAndGenerate } = await import('./generate-watch.js');
      return watchAndGenerate(flags, io);
    }
    const started = performance.now();
    const settings = await readSettings(flags);
    const { onStage } = io;
    const run =
      (flags.cache === false ? undefined : await runCached(settings)) ??
      // A check decides by the catalog alone, so that it finds what a wrong stored result would have written.
      (flags.cache === false || check
        ? await runFull(settings, { check, onStage, cache: new Cache(), isRemembered: flags.cache !== false })
        : await runWithMemo(settings, { onStage }));
    return commandResult(run, settings, { isCheck: check, started });
  },
};

function contradiction(): GeneratorError {
  const message = '--check and --watch cannot be combined';
  return commandError('generate', { code: 'USAGE', message, hint: 'use one of them' });
}
