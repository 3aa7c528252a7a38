import type { PrivateRedis } from '../redis-server.js';

/** What a scenario found: numbers by name, rounded, as `--json` prints them. */
export type Figures = Readonly<Record<string, number>>;

/** What a figure must reach at least, and what we aim for. `vs…` and `…PerSec` figures are the better the greater. */
export interface Goal {
  readonly figure: string;
  readonly least: number;
  readonly aim?: number;
}

/** What a scenario runs in. */
export interface Bench {
  /** A Redis of the bench's own, with its append-only file written every second. Shared: empty it before each run. */
  readonly redis: PrivateRedis;
  /** How often each thing is measured. */
  readonly rounds: number;
}

/** One thing that is measured. */
export interface Scenario {
  /** The key in the JSON, and what `--only` takes. */
  readonly name: string;
  /** One line for the reader of the table. */
  readonly what: string;
  readonly goals: readonly Goal[];
  run(bench: Bench): Promise<Figures>;
}

/** Whether a figure is better when it is smaller. */
export function isBetterSmall(figure: string): boolean {
  return /Ms$|MiB$|Lag$|p\d+VsRaw$|Vs(Parser|100|Cold)$/.test(figure);
}

/**
 * Measures variants in turn, so that what else the machine does meets all of them alike: one uncounted run each, then
 * `rounds` rounds, each in another order.
 */
export async function inTurn<Name extends string, Result>(
  rounds: number,
  variants: Readonly<Record<Name, () => Promise<Result>>>,
): Promise<Record<Name, Result[]>> {
  const names = Object.keys(variants) as Name[];
  const results = Object.fromEntries(names.map((name) => [name, [] as Result[]])) as Record<Name, Result[]>;
  for (let round = 0; round <= rounds; round += 1) {
    const order = names.map((_, index) => names[(index + round) % names.length] as Name);
    for (const name of order) {
      const result = await variants[name]();
      if (round > 0) results[name].push(result);
    }
  }
  return results;
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const [low = Number.NaN, high = Number.NaN] = [sorted[middle - 1], sorted[middle]];
  return sorted.length % 2 === 1 ? high : (low + high) / 2;
}

/** The median of what `a` is to `b` in each round. */
export function ratio(a: readonly number[], b: readonly number[]): number {
  return median(a.map((value, index) => value / (b[index] ?? Number.NaN)));
}

/** The value that `share` (0 to 1) of the values do not exceed. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
}

/** Three significant digits, or a whole number. */
export function rounded(value: number): number {
  return Math.abs(value) >= 100 ? Math.round(value) : Number(value.toPrecision(3));
}
