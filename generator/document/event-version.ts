/** The version of an event whose message does not define one. */
export const defaultVersion = '1.0.0';

const pattern = /^\d+\.\d+\.\d+$/;

/** Whether a value is `major.minor.patch`. */
export function isVersion(value: unknown): value is string {
  return typeof value === 'string' && pattern.test(value);
}

/** Message and hint for an invalid `x-event-version`. */
export function versionProblem(given: unknown): { readonly message: string; readonly hint: string } {
  const [first = 1, second = 0, third = 0] = String(given).match(/\d+/g) ?? [];
  const kind = typeof given === 'number' ? 'the number ' : '';
  return {
    message: `\`x-event-version\` must be a string of three numbers, major.minor.patch; it is ${kind}${JSON.stringify(given)}`,
    hint: `write \`x-event-version: ${first}.${second}.${third}\``,
  };
}
