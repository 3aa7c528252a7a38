import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Config } from '../config/config.js';
import { type ModelLanguage, type ModelsConfig, modelLanguages, packageKeys } from '../config/models-config.js';
import type { JsonSchema } from '../model/event-model.js';
import { isUpToDate, writeFiles } from '../output/write-files.js';
import { type LoadedCatalog, loadCatalog } from '../pipeline.js';
import { headerLine } from '../print/header.js';
import { count } from '../report/count.js';
import { Cache } from '../support/cache.js';
import { commandError, type Problem } from '../support/errors.js';
import { loadOptional } from '../support/optional-package.js';
import { allowRemoteOption, type Command, type CommonFlags, catalogOption } from './command.js';
import { secondsSince } from './generate-once.js';
import { readSettings, type SettingFlags } from './settings.js';

interface Flags extends CommonFlags, SettingFlags {
  readonly package?: string;
  readonly check?: boolean;
  readonly experimental?: boolean;
}

export const models: Command<Flags> = {
  name: 'models',
  summary: 'Write models of the events for services in Python, Java or Go.',
  arguments: [{ name: '<language>', description: 'python, java or go; rust or csharp with --experimental' }],
  options: [
    catalogOption,
    { flags: '--out <folder>', description: 'the folder of the models (default: `out` of the language in the config)' },
    {
      flags: '--package <name>',
      description: 'name of the Python package, Java package or Go module (default: the one in the config)',
    },
    { flags: '--check', description: 'write nothing; list the files that are out of date and exit with 1' },
    { flags: '--experimental', description: 'allow the languages whose models no test compiles' },
    allowRemoteOption,
  ],
  help: `The models are made by @hyvve-events/models. The language needs no toolchain here.

Examples:
  $ hyvve-events models python --out clients/python --package acme_events
  $ hyvve-events models java                         with \`models.java\` in the config
  $ hyvve-events models go --check                   in CI: the committed models match the catalog

Exit codes: 0 done, 1 an error in the catalog (nothing is written) or drift, 2 wrong usage.`,
  warningsPerCode: 5,
  async run(flags, io, wanted = '') {
    const started = performance.now();
    const language = languageOf(wanted, flags.experimental === true);
    // `--out` is the folder of the models, not that of the SDK.
    const { out: outFlag, package: packageFlag, ...others } = flags;
    const settings = await readSettings(others);
    const { out, name } = targetOf(language, settings, { out: outFlag, name: packageFlag });
    const { emitModels, keywordIn } = await loadModels();
    const keyword = keywordIn(language, name);
    if (keyword !== undefined) {
      throw usage(
        `${name} is not a valid ${packageKeys[language]} name: ${keyword} is a keyword of ${titles[language]}`,
        `use a name such as ${examples[language]}`,
      );
    }
    const loaded = await loadCatalog({ ...settings, onStage: io.onStage });
    io.onStage(`writing models for ${titles[language]}`);
    const header = headerLine(settings.catalog);
    const { files, warnings } = await emitModels(loaded.model, {
      language,
      package: name,
      header,
      envelope: envelopeSchema(),
    });
    const isCheck = flags.check === true;
    const report = await writeFiles(out, files, { check: isCheck, cache: new Cache() });
    const { created, changed, removed } = report;
    const lines = [
      ...created.map((path) => `  + ${out}/${path}`),
      ...changed.map((path) => `  ~ ${out}/${path}`),
      ...removed.map((path) => `  - ${out}/${path}`),
    ];
    const problems = warnings.map((warning) => problemOf(warning, loaded));
    const data = { language, package: name, out, events: loaded.model.events.length, files: report };
    if (isCheck && !isUpToDate(report)) {
      const complaint = `${count(lines.length, 'file')} in ${out} ${lines.length === 1 ? 'is' : 'are'} out of date: run \`hyvve-events models ${language}\``;
      return { exitCode: 1, problems, lines, complaint, data };
    }
    const result = lines.length === 0 ? 'up to date' : `${count(lines.length, 'file')} written`;
    const summary = `${titles[language]} models of ${count(loaded.model.events.length, 'event')}: ${result} (${secondsSince(started)} s)`;
    return { exitCode: 0, problems, lines: [...lines, summary], data };
  },
};

const titles: Readonly<Record<ModelLanguage, string>> = {
  python: 'Python',
  java: 'Java',
  go: 'Go',
  rust: 'Rust',
  csharp: 'C#',
};
const experimental: readonly ModelLanguage[] = ['rust', 'csharp'];

function languageOf(wanted: string, isAllowed: boolean): ModelLanguage {
  const language = modelLanguages.find((each) => each === wanted);
  if (language === undefined) {
    throw usage(`${wanted} is not a language of models`, `use one of ${modelLanguages.join(', ')}`);
  }
  if (experimental.includes(language) && !isAllowed) {
    throw usage(`models for ${titles[language]} are experimental: no test compiles them`, 'add --experimental');
  }
  return language;
}

function targetOf(
  language: ModelLanguage,
  { models: config }: Config,
  { out, name }: { readonly out: string | undefined; readonly name: string | undefined },
): { readonly out: string; readonly name: string } {
  const key = packageKeys[language];
  const given: ModelsConfig = config[language] ?? {};
  const folder = out ?? given.out;
  const title = name ?? given[key];
  if (folder === undefined) throw usage('no folder is given', `add --out, or models.${language}.out in the config`);
  if (title === undefined)
    throw usage(`no ${key} is given`, `add --package, or models.${language}.${key} in the config`);
  if (!isPackageName(language, title))
    throw usage(`${title} is not a valid ${key} name`, `use a name such as ${examples[language]}`);
  return { out: folder, name: title };
}

const examples: Readonly<Record<ModelLanguage, string>> = {
  python: 'acme_events',
  java: 'com.acme.events',
  go: 'example.com/acme/events',
  rust: 'acme_events',
  csharp: 'Acme.Events',
};

function isPackageName(language: ModelLanguage, name: string): boolean {
  return language === 'go'
    ? /^[\w~-]+(\.[\w~-]+)*(\/[\w~-]+(\.[\w~-]+)*)*$/.test(name)
    : /^[A-Za-z_]\w*(\.[A-Za-z_]\w*)*$/.test(name);
}

function loadModels(): Promise<typeof import('@hyvve-events/models')> {
  const name = '@hyvve-events/models';
  return loadOptional({ command: 'models', name, load: () => import('@hyvve-events/models') });
}

function envelopeSchema(): JsonSchema {
  const file = createRequire(import.meta.url).resolve('@hyvve-events/runtime/envelope.schema.json');
  return JSON.parse(readFileSync(file, 'utf8')) as JsonSchema;
}

interface Widened {
  readonly schema: string;
  readonly path: string;
  readonly reason: string;
}

function problemOf({ schema: name, path, reason }: Widened, { model, placeOf }: LoadedCatalog): Problem {
  const schema = model.schemas.find((each) => each.name === name);
  const place = schema === undefined ? { file: 'hyvve-events models', line: 1, column: 1 } : placeOf(schema.source);
  const message = `${path === '' ? name : `${name}.${path}`}: ${reason}`;
  return { code: 'TYPE_WIDENED', severity: 'warning', ...place, message, hint: 'the model accepts any value there' };
}

function usage(message: string, hint: string) {
  return commandError('models', { code: 'USAGE', message, hint });
}
