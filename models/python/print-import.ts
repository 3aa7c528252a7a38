import { lineWidth } from './print-type.js';

/** An import of names from a module, in several lines if it is long; empty without names. */
export function importOf(module: string, names: readonly string[]): string {
  if (names.length === 0) return '';
  const line = `from ${module} import ${names.join(', ')}`;
  return line.length <= lineWidth
    ? line
    : `from ${module} import (\n${names.map((name) => `    ${name},`).join('\n')}\n)`;
}
