/** A place where two values differ. */
export interface Difference {
  /** JSON path, `$` for the root. */
  readonly path: string;
  readonly steps: readonly (string | number)[];
}

/** Maximum number of differences: a longer list would not help. */
const maxDifferences = 200;

/** Returns the places where two JSON values differ, as deep as both have the same shape. */
export function differencesOf(before: unknown, after: unknown): readonly Difference[] {
  const found: Difference[] = [];
  compare(before, after, [], found);
  return found;
}

function compare(before: unknown, after: unknown, steps: readonly (string | number)[], found: Difference[]): void {
  if (found.length >= maxDifferences || Object.is(before, after)) return;
  if (Array.isArray(before) && Array.isArray(after)) {
    for (let index = 0; index < Math.max(before.length, after.length); index += 1) {
      compare(before[index], after[index], [...steps, index], found);
    }
  } else if (isObject(before) && isObject(after)) {
    for (const name of new Set([...Object.keys(before), ...Object.keys(after)])) {
      compare(before[name], after[name], [...steps, name], found);
    }
  } else {
    found.push({ path: pathOf(steps), steps });
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function pathOf(steps: readonly (string | number)[]): string {
  return steps.reduce<string>((path, step) => {
    if (typeof step === 'number') return `${path}[${step}]`;
    return /^[A-Za-z_$][\w$]*$/.test(step) ? `${path}.${step}` : `${path}[${JSON.stringify(step)}]`;
  }, '$');
}
