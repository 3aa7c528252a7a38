import { existsSync } from 'node:fs';
import type { UsagesFile } from '@hyvve-events/catalog-model';
import type { BuiltModel } from '../build/build-model.js';
import type { Config } from '../config/config.js';
import { readCatalog } from '../pipeline.js';
import { Cache } from '../support/cache.js';
import { commandError, GeneratorError, type Problem } from '../support/errors.js';
import { type CatalogOperations, catalogOperations } from '../usages/catalog-operations.js';
import { loadCompiler } from '../usages/compiler.js';
import { type FoundUsages, findUsages, type ReadProgram } from '../usages/find-usages.js';
import type { EventNames } from '../usages/known-events.js';

/** The code of the services, and the catalog that it is compared with. */
export interface ReadUsages {
  readonly built: BuiltModel;
  readonly operations: CatalogOperations;
  readonly found: FoundUsages;
  readonly file: UsagesFile;
}

export interface ReadUsagesOptions {
  /** Default: those of the config, otherwise `tsconfig.json` of the working directory. */
  readonly tsconfigs?: readonly string[];
  /** Events of an earlier catalog, which code may still use. */
  readonly earlier?: readonly EventNames[];
  readonly onStage: (stage: string) => void;
  /** Called with each program, for further questions about the code. */
  readonly onProgram?: (program: ReadProgram) => void;
}

/**
 * Reads the catalog and the code.
 * @param command The command that needs it, for errors.
 * @throws GeneratorError `USAGE`, `PACKAGE_MISSING`, `CODE_MISSING`, `SDK_MISSING`, and the problems of the catalog
 */
export async function readUsages(settings: Config, command: string, options: ReadUsagesOptions): Promise<ReadUsages> {
  const { earlier = [], onStage, onProgram } = options;
  const tsconfigs = tsconfigsOf(settings, options.tsconfigs);
  onStage(`reading ${settings.catalog}`);
  const cache = new Cache();
  const built = await readCatalog({ ...settings, cache });
  const { events, catalog } = built.model;
  const operations = catalogOperations({ ...settings, events, cache });
  const compiler = await loadCompiler(command);
  const { title } = catalog;
  const found = findUsages({ compiler, tsconfigs, events, earlier, out: settings.out, title, onStage, onProgram });
  if (!found.usesSdk) throw withoutSdk(settings, { title, tsconfigs, problems: found.problems });
  const { link } = settings.usages;
  const file: UsagesFile = {
    usagesVersion: 1,
    catalog: catalog.hash,
    ...(link === undefined ? {} : { link }),
    partial: found.problems.length > 0,
    services: found.services,
    usages: found.usages,
    undecided: found.undecided,
  };
  return { built, operations, found, file };
}

function tsconfigsOf({ usages }: Config, given: readonly string[] = []): readonly string[] {
  if (given.length > 0) return given;
  if (usages.tsconfigs !== undefined && usages.tsconfigs.length > 0) return usages.tsconfigs;
  if (existsSync('tsconfig.json')) return ['tsconfig.json'];
  const message = 'no tsconfig is named, and this folder has no tsconfig.json';
  const hint = 'name the tsconfigs of the services, as arguments or as `usages.tsconfigs` in the config';
  throw commandError('usages', { code: 'USAGE', message, hint });
}

interface WithoutSdk {
  readonly title: string;
  readonly tsconfigs: readonly string[];
  /** Errors of the code, which may be the reason. */
  readonly problems: readonly Problem[];
}

function withoutSdk({ out }: Config, { title, tsconfigs, problems }: WithoutSdk): GeneratorError {
  const message = `no file of ${tsconfigs.join(', ')} imports the SDK of ${title}`;
  const hint = `generate the SDK and install the packages first, so that imports lead to a folder with its catalog.json, such as ${out}; or name other tsconfigs`;
  const missing = commandError('usages', { code: 'SDK_MISSING', message, hint });
  return new GeneratorError([...problems, ...missing.problems]);
}
