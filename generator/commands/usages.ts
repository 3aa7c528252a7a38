import type { UsagesFile } from '@hyvve-events/catalog-model';
import type { Config } from '../config/config.js';
import { replaceFile } from '../output/replace-file.js';
import { withFiles } from '../output/with-files.js';
import { loadCatalog } from '../pipeline.js';
import type { EditedFile } from '../release/raise-versions.js';
import { count } from '../report/count.js';
import { commandError, type GeneratorError, type Problem } from '../support/errors.js';
import { countProblems, mergeProblems } from '../support/problems.js';
import { compareWithCatalog } from '../usages/compare-with-catalog.js';
import { partialLine, usagesSummary, usagesTable } from '../usages/usages-text.js';
import { withOperations } from '../usages/write-operations.js';
import { type Command, type CommandIo, type CommonFlags, catalogOption, type Outcome } from './command.js';
import { readUsages } from './read-usages.js';
import { readSettings } from './settings.js';

interface Flags extends CommonFlags {
  readonly catalog?: string;
  readonly check?: boolean;
  readonly write?: boolean;
  /** The file with the usages. */
  readonly out?: string;
}

export const usages: Command<Flags> = {
  name: 'usages',
  summary: 'List the code that publishes and handles each event, and compare it with the catalog.',
  arguments: [
    {
      name: '[tsconfig...]',
      description: 'tsconfigs of the services, or their folders (default: those of the config, else tsconfig.json)',
    },
  ],
  options: [
    { flags: '--check', description: 'print only the findings; exit with 1 if one of them is an error' },
    { flags: '--write', description: 'add the operations that the catalog lacks to its YAML' },
    {
      flags: '--out <file>',
      description: 'write the usages as JSON, for the event docs (default: that of the config)',
    },
    catalogOption,
  ],
  help: `Reads TypeScript with its types: renamed imports, re-exports, \`import()\`, classes, helper functions and decorators are followed.
Projects that a tsconfig refers to are read too; test files are left out. Needs ts-morph, which contains the compiler.

Exit codes: 0 done; 1 findings with --check, or code that does not compile, so that the result is partial; 2 wrong usage.

Examples:
  $ hyvve-events usages                              with \`usages.tsconfigs\` of the config, or tsconfig.json
  $ hyvve-events usages services/*/tsconfig.json
  $ hyvve-events usages --check --format github      in CI
  $ hyvve-events usages --write                      then \`hyvve-events generate\`
  $ hyvve-events usages --out usages.json            for the docs of the admin service`,
  ifFailed: 'nothing was compared',
  async run({ config, catalog, check, write, out }, { onStage }, ...tsconfigs) {
    if (write === true && (check === true || out !== undefined)) throw writeAlone();
    const settings = await readSettings({ ...(config && { config }), ...(catalog && { catalog }) });
    const given = tsconfigs.filter((path) => path !== undefined);
    const { built, found, operations, file } = await readUsages(settings, 'usages', { tsconfigs: given, onStage });
    onStage('comparing');
    const { rules } = settings;
    const compared = compareWithCatalog(found, { events: built.model.events, catalog: operations, rules });
    const edited = write === true ? withOperations(compared.missing, operations) : [];
    const problems = mergeProblems([...found.problems, ...compared.problems]);
    if (edited.length > 0) {
      const left = mergeProblems([...found.problems, ...compared.unsolved]);
      return await writeCatalog(settings, { edited, missing: compared.missing.length, file, left }, onStage);
    }
    const target = out ?? (check === true ? undefined : settings.usages.out);
    if (target !== undefined) replaceFile(target, `${JSON.stringify(file, undefined, 2)}\n`);
    const { errors, warnings } = countProblems(problems);
    const isFailed = file.partial || (check === true && errors > 0);
    const findings = `${count(errors, 'error')}, ${count(warnings, 'warning')}`;
    return {
      exitCode: isFailed ? 1 : 0,
      problems,
      isListing: true,
      lines: [
        ...(check === true ? [] : usagesTable(file)),
        ...usagesSummary(file, found),
        ...(problems.length === 0 ? ['The code and the catalog agree'] : []),
        ...(target === undefined ? [] : [`wrote ${target}`]),
      ],
      ...(problems.length === 0 ? {} : { complaint: `\n${findings}` }),
      data: file,
    };
  },
};

function writeAlone(): GeneratorError {
  const message = '--write changes the catalog, so it cannot be combined with --check or --out';
  return commandError('usages', { code: 'USAGE', message, hint: 'run the command with --write first, then again' });
}

interface Additions {
  readonly edited: readonly EditedFile[];
  readonly missing: number;
  readonly file: UsagesFile;
  /** Findings that operations cannot solve. */
  readonly left: readonly Problem[];
}

/** Writes the operations. If the catalog has an error with them, its files stay as they were. */
async function writeCatalog(
  settings: Config,
  { edited, missing, file, left }: Additions,
  onStage: CommandIo['onStage'],
): Promise<Outcome> {
  const { warnings } = await withFiles(edited, () => loadCatalog({ ...settings, maxWarnings: undefined, onStage }));
  return {
    exitCode: file.partial ? 1 : 0,
    problems: left,
    lines: [
      `added ${count(missing, 'event')} to operations of the catalog; run \`hyvve-events generate\``,
      ...edited.map(({ file: path, what }) => `  ~ ${path}${what.length === 0 ? '' : `: ${what.join('; ')}`}`),
      ...(file.partial ? [partialLine] : []),
    ],
    data: {
      ...file,
      written: edited.map(({ file: path, what }) => ({ file: path, added: what })),
      warnings: warnings.length,
    },
  };
}
