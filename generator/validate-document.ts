import { relative, resolve } from 'node:path';
import type { Problem } from './errors.js';

/**
 * Holds the document against the AsyncAPI specification, with the specification's own parser (0.6 s to load). It inlines
 * references, so that its places are the root document's.
 */
export async function validateDocument(rootPath: string): Promise<Problem[]> {
  const { fromFile, Parser } = await import('@asyncapi/parser');
  const { diagnostics } = await fromFile(new Parser(), resolve(rootPath)).parse({ validateOptions: {} });
  const file = relative(process.cwd(), resolve(rootPath)).replaceAll('\\', '/');
  const errors = diagnostics.filter(
    ({ severity, message }) => severity === 0 && !/must match "(else|then)" schema/.test(message),
  );
  const seen = new Set<string>();
  return errors.flatMap(({ message, path, range }) => {
    const what = `${path.join('.')}: ${message}`;
    if (seen.has(what)) return [];
    seen.add(what);
    const { line, character } = range.start;
    const hint = 'see the AsyncAPI specification for what belongs there';
    return [
      {
        code: 'ASYNCAPI_INVALID',
        severity: 'error',
        file,
        line: line + 1,
        column: character + 1,
        message: what,
        hint,
      } as const,
    ];
  });
}
