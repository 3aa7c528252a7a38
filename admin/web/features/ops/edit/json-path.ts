/** Steps into a JSON value: names of properties and indexes of arrays. */
export type Steps = readonly string[];

/** The steps of a JSON pointer, as validators report it: `#/items/2/a~1b`. */
export function pointerSteps(pointer: string): Steps {
  return pointer
    .replace(/^#/, '')
    .split('/')
    .slice(1)
    .map((part) => decodeURI(part).replaceAll('~1', '/').replaceAll('~0', '~'));
}

/** The steps of a JSON path, as the service reports it: `$.items[2]["a b"]`. */
export function pathSteps(path: string): Steps {
  const parts = path.matchAll(/\.([A-Za-z_$][\w$]*)|\[(\d+)\]|\[("(?:[^"\\]|\\.)*")\]/g);
  return [...parts].map(([, name, index, quoted = '""']) => name ?? index ?? (JSON.parse(quoted) as string));
}

/** The steps as a readable JSON path: `$.items[2]`. */
export function pathOf(steps: Steps): string {
  return steps.reduce((path, step) => {
    if (/^\d+$/.test(step)) return `${path}[${step}]`;
    return /^[A-Za-z_$][\w$]*$/.test(step) ? `${path}.${step}` : `${path}[${JSON.stringify(step)}]`;
  }, '$');
}
