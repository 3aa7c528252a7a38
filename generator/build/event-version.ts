import type { JsonValue } from '../model/event-model.js';

/** The version of an event that says none. */
export const defaultVersion = '1.0.0';

const pattern = /^\d+\.\d+\.\d+$/;

/** The schema version of a message by its fields; undefined where it says none, or none that is `major.minor.patch`. */
export function versionOf(fields: Readonly<Record<string, JsonValue>>): string | undefined {
  const given = fields['x-event-version'];
  return typeof given === 'string' && pattern.test(given) ? given : undefined;
}

/** What is wrong with the `x-event-version` of a message, and what to write; undefined where nothing is. */
export function versionProblem(
  fields: Readonly<Record<string, JsonValue>>,
): { readonly message: string; readonly hint: string } | undefined {
  const given = fields['x-event-version'];
  if (given === undefined || versionOf(fields) !== undefined) return undefined;
  const [first = 1, second = 0, third = 0] = String(given).match(/\d+/g) ?? [];
  const kind = typeof given === 'number' ? 'the number ' : '';
  return {
    message: `\`x-event-version\` must be a text of three numbers, major.minor.patch; it is ${kind}${JSON.stringify(given)}`,
    hint: `write \`x-event-version: ${first}.${second}.${third}\``,
  };
}
