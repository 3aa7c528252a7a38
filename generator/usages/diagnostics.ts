import { relative } from 'node:path';
import type { CodePlace } from '@hyvve-events/catalog-model';
import type { ts } from 'ts-morph';
import type { Problem } from '../support/errors.js';
import type { Compiler } from './compiler.js';

/** A message of the compiler as a problem. @param file Used if the message has no place. */
export function diagnosticProblem(compiler: Compiler, diagnostic: ts.Diagnostic, file: string): Problem {
  const at = diagnostic.file?.getLineAndCharacterOfPosition(diagnostic.start ?? 0) ?? { line: 0, character: 0 };
  return {
    code: 'CODE_INVALID',
    severity: 'error',
    file: pathOf(diagnostic.file?.fileName ?? file),
    line: at.line + 1,
    column: at.character + 1,
    message: `TS${diagnostic.code}: ${compiler.flattenDiagnosticMessageText(diagnostic.messageText, ' ')}`,
    hint: 'correct the code: until it compiles, usages may be missing',
  };
}

/** Path relative to the working directory, with `/`. */
export function pathOf(file: string): string {
  return relative(process.cwd(), file).replaceAll('\\', '/');
}

/** Where a node begins. */
export function placeOf(node: ts.Node): CodePlace {
  const file = node.getSourceFile();
  const { line, character } = file.getLineAndCharacterOfPosition(node.getStart(file));
  return { file: pathOf(file.fileName), line: line + 1, column: character + 1 };
}
