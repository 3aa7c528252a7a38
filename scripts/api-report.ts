import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { Extractor, ExtractorConfig, ExtractorLogLevel } from '@microsoft/api-extractor';

/** Every public entry: its package, its declarations, and the name of its report. The main entry of a package comes first. */
const entries = [
  { folder: 'runtime', declarations: 'dist/index.d.ts', report: 'runtime' },
  { folder: 'runtime', declarations: 'dist/codegen.d.ts', report: 'runtime.codegen' },
  { folder: 'runtime', declarations: 'dist/testing/index.d.ts', report: 'runtime.testing' },
  { folder: 'catalog-model', declarations: 'dist/index.d.ts', report: 'catalog-model' },
  { folder: 'generator', declarations: 'dist/index.d.ts', report: 'generator' },
  { folder: 'admin', declarations: 'dist/index.d.ts', report: 'admin' },
] as const;

/** Ignored messages of API Extractor: they do not apply here, or another check covers them. */
const ignored = [
  // Biome and the compiler check comments and exports; a release tag on each export would add no information.
  ...['ae-missing-release-tag', 'ae-undocumented', 'ae-incompatible-release-tags', 'ae-unresolved-link'],
  // A member with @internal is one that generated code sets; its name has no underscore.
  'ae-internal-missing-underscore',
];

/**
 * Compares the public API of every package with its committed report, and writes the reports that differ.
 * @param isCheck Write nothing, and fail where a report differs.
 */
function main(isCheck: boolean): number {
  const folder = resolve('docs/api');
  const temporary = resolve('node_modules/.cache/api-report');
  mkdirSync(temporary, { recursive: true });
  let failures = 0;
  for (const entry of entries) {
    const packageFolder = resolve(entry.folder);
    const config = ExtractorConfig.prepare({
      configObjectFullPath: join(packageFolder, 'api-extractor.json'),
      packageJsonFullPath: join(packageFolder, 'package.json'),
      configObject: {
        projectFolder: packageFolder,
        mainEntryPointFilePath: join(packageFolder, entry.declarations),
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
            files: [join(packageFolder, entry.declarations)],
          },
        },
        apiReport: {
          enabled: true,
          reportFolder: folder,
          reportTempFolder: temporary,
          reportFileName: entry.report,
        },
        docModel: { enabled: false },
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
    const result = Extractor.invoke(config, {
      localBuild: !isCheck,
      showVerboseMessages: false,
      messageCallback: (message) => {
        const { messageId, text } = message;
        const [, name = ''] = messageId === 'ae-forgotten-export' ? (/symbol "(\w+)"/.exec(text) ?? []) : [];
        // The packages' main entry exports it: users import it from there.
        const isInMain = exportsOf(join(folder, `${entry.folder}.api.md`)).has(name);
        // Replaces its advice to copy the file manually with the fix below.
        if (isInMain || messageId.startsWith('console-')) message.logLevel = ExtractorLogLevel.None;
      },
    });
    if (result.errorCount > 0) failures += 1;
    if (result.apiReportChanged) {
      console.log(`docs/api/${entry.report}.api.md ${isCheck ? 'is out of date' : 'written'}`);
      if (isCheck) failures += 1;
    }
  }
  if (failures > 0) {
    console.error(
      'fix: run `npm run api`, and review the changed reports: they describe the public API. Add missing exports.',
    );
  }
  rmSync(temporary, { recursive: true, force: true });
  return failures === 0 ? 0 : 1;
}

/** Names that a report lists. */
function exportsOf(report: string): ReadonlySet<string> {
  if (!existsSync(report)) return new Set();
  const found = readFileSync(report, 'utf8').matchAll(/^export (?:declare )?(?:abstract )?\w+ (\w+)/gm);
  return new Set([...found].map(([, name = '']) => name));
}

process.exitCode = main(process.argv.includes('--check'));
