import { GeneratorError } from '../support/errors.js';

/**
 * The text of a TypeScript or JavaScript config with another version of the package.
 * @throws GeneratorError `EDIT_IMPOSSIBLE` if the version is not written exactly once, as a plain string
 */
export function withPackageVersion(file: string, text: string, from: string, to: string): string {
  const written = new RegExp(`(\\bversion["']?\\s*:\\s*(["']))${from.replaceAll(/\W/g, '\\$&')}\\2`, 'g');
  if (text.match(written)?.length === 1) return text.replace(written, `$1${to}$2`);
  const message = `the package's version ${from} cannot be raised here: it is not written once as \`version: '${from}'\``;
  const hint = `set \`package.version\` to ${to}, then run the command again`;
  throw new GeneratorError([{ code: 'EDIT_IMPOSSIBLE', severity: 'error', file, line: 1, column: 1, message, hint }]);
}
