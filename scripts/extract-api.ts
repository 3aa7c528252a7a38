import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { Extractor, ExtractorConfig, ExtractorLogLevel, type ExtractorResult } from '@microsoft/api-extractor';

/** A public entry: its package, its declarations, and the name of its report. */
export interface ApiEntry {
  readonly folder: string;
  readonly declarations: string;
  readonly report: string;
}

/** Entries that only our own packages import, in the exact version: they are not part of the public API. */
const internal = ['runtime/options', 'runtime/versions'];

/** Every public entry of the packages. The main entry of a package comes first. */
export const apiEntries: readonly ApiEntry[] = [
  'runtime',
  'catalog-model',
  'generator',
  'admin',
  'nestjs',
  'models',
].flatMap((folder) => {
  const { exports } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as PackageJson;
  return Object.entries(exports).flatMap(([path, target]) =>
    typeof target === 'string' || internal.includes(join(folder, path))
      ? []
      : [{ folder, declarations: target.types, report: `${folder}${path.slice(1).replace('/', '.')}` }],
  );
});

/** The part of a package.json that is read here. */
interface PackageJson {
  readonly exports: Readonly<Record<string, string | { readonly types: string }>>;
}

/** Ignored messages of API Extractor: they do not apply here, or another check covers them. */
const ignored = [
  // Biome and the compiler check comments and exports; a release tag on each export would add no information.
  ...['ae-missing-release-tag', 'ae-undocumented', 'ae-incompatible-release-tags', 'ae-unresolved-link'],
  // A member with @internal is one that generated code sets; its name has no underscore.
  'ae-internal-missing-underscore',
];

interface ExtractOptions {
  /** The folder of the reports. */
  readonly reportFolder: string;
  /** A folder for files that are not committed. */
  readonly temporaryFolder: string;
  /** Write a report that differs. */
  readonly writesReport: boolean;
  /** Writes the model of the API with its docstrings to this file. Default: none. */
  readonly modelFile?: string;
  /** Whether a name is exported by the package's main entry, so that another entry need not export it. */
  readonly isInMainEntry?: (name: string) => boolean;
}

/** Reads the API of an entry from its declarations, with API Extractor. */
export function extractApi(entry: ApiEntry, options: ExtractOptions): ExtractorResult {
  const { reportFolder, temporaryFolder, writesReport, modelFile, isInMainEntry = () => true } = options;
  const packageFolder = resolve(entry.folder);
  const declarations = join(packageFolder, entry.declarations);
  const config = ExtractorConfig.prepare({
    configObjectFullPath: join(packageFolder, 'api-extractor.json'),
    packageJsonFullPath: join(packageFolder, 'package.json'),
    configObject: {
      projectFolder: packageFolder,
      mainEntryPointFilePath: declarations,
      newlineKind: 'lf',
      compiler: {
        overrideTsconfig: {
          compilerOptions: {
            module: 'NodeNext',
            moduleResolution: 'NodeNext',
            target: 'ES2023',
            strict: true,
            types: ['node'],
          },
          files: [declarations],
        },
      },
      apiReport: {
        enabled: true,
        reportFolder,
        reportTempFolder: temporaryFolder,
        reportFileName: entry.report,
      },
      docModel: modelFile === undefined ? { enabled: false } : { enabled: true, apiJsonFilePath: modelFile },
      dtsRollup: { enabled: false },
      tsdocMetadata: { enabled: false },
      messages: {
        compilerMessageReporting: { default: { logLevel: ExtractorLogLevel.Error } },
        extractorMessageReporting: {
          default: { logLevel: ExtractorLogLevel.Error, addToApiReportFile: false },
          ...Object.fromEntries(ignored.map((id) => [id, { logLevel: ExtractorLogLevel.None }])),
        },
        tsdocMessageReporting: { default: { logLevel: ExtractorLogLevel.None } },
      },
    },
  });
  return Extractor.invoke(config, {
    localBuild: writesReport,
    showVerboseMessages: false,
    messageCallback: (message) => {
      const { messageId, text } = message;
      const [, name] = messageId === 'ae-forgotten-export' ? (/symbol "(\w+)"/.exec(text) ?? []) : [];
      const isExported = name !== undefined && isInMainEntry(name);
      // Messages on the console would advise to copy the file manually; the script prints its own fix.
      if (isExported || messageId.startsWith('console-')) message.logLevel = ExtractorLogLevel.None;
    },
  });
}
