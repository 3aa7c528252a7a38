import type { ts } from 'ts-morph';
import { loadOptional } from '../support/optional-package.js';

/** The TypeScript compiler that ts-morph contains: the installed one may be version 7, which cannot be called from JavaScript. */
export type Compiler = typeof ts & {
  /** Text of a declaration file of the language, such as `lib.es5.d.ts`, which ts-morph keeps in memory. */
  readonly libraryText: (path: string) => string | undefined;
  readonly libraryFolder: string;
};

/** Loads the compiler, which takes a third of a second. @throws GeneratorError `PACKAGE_MISSING` */
export async function loadCompiler(command: string): Promise<Compiler> {
  const { ts, Project } = await loadOptional({
    command,
    name: 'ts-morph',
    version: '28',
    load: () => import('ts-morph'),
  });
  const host = new Project({ skipAddingFilesFromTsConfig: true }).getModuleResolutionHost();
  const libraryText = (path: string) => (host.fileExists(path) ? host.readFile(path) : undefined);
  return { ...ts, libraryText, libraryFolder: '/node_modules/typescript/lib' };
}
