import type { ts } from 'ts-morph';
import { commandError } from '../support/errors.js';

/** The TypeScript compiler that ts-morph contains: the installed one may be version 7, which cannot be called from JavaScript. */
export type Compiler = typeof ts & {
  /** Text of a declaration file of the language, such as `lib.es5.d.ts`, which ts-morph keeps in memory. */
  readonly libraryText: (path: string) => string | undefined;
  readonly libraryFolder: string;
};

/** Loads the compiler, which takes a third of a second. @throws GeneratorError `PACKAGE_MISSING` */
export async function loadCompiler(command: string): Promise<Compiler> {
  try {
    const { ts, Project } = await import('ts-morph');
    const host = new Project({ skipAddingFilesFromTsConfig: true }).getModuleResolutionHost();
    const libraryText = (path: string) => (host.fileExists(path) ? host.readFile(path) : undefined);
    return { ...ts, libraryText, libraryFolder: '/node_modules/typescript/lib' };
  } catch (error) {
    if (!(error instanceof Error) || !error.message.includes("'ts-morph'")) throw error;
    const message = `hyvve-events ${command} needs the package ts-morph`;
    throw commandError('usages', {
      code: 'PACKAGE_MISSING',
      message,
      hint: 'run `npm install --save-dev ts-morph@28`',
    });
  }
}
