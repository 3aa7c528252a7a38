import type { PrivateRedis } from '../redis-server.js';

/** Figures of a scenario: rounded numbers by name, as `--json` prints them. */
export type Figures = Readonly<Record<string, number>>;

/** Required and desired value of a figure. For `vs…` and `…PerSec` figures, greater is better. */
export interface Goal {
  readonly figure: string;
  readonly least: number;
  readonly aim?: number;
}

/** Environment of a scenario. */
export interface Bench {
  /** A private Redis whose append-only file is written every second. Shared: empty it before each run. */
  readonly redis: PrivateRedis;
  /** Number of measurements of each variant; 0 with `--smoke`. */
  readonly rounds: number;
  /** How many events, calls or files a measurement uses instead of `usual`: with `--smoke` a thousandth, at least three. */
  readonly size: (usual: number) => number;
}

/** One benchmark. */
export interface Scenario {
  /** The key in the JSON, and the value for `--only`. */
  readonly name: string;
  /** One line that the table shows. */
  readonly description: string;
  readonly goals: readonly Goal[];
  run(bench: Bench): Promise<Figures>;
}

/** Whether a smaller value of a figure is better. */
export function isBetterSmall(figure: string): boolean {
  return /Ms$|MiB$|Lag$|p\d+VsRaw$|Vs(Parser|1000?|Cold|TypeCheck)$|CpuVsOne$/.test(figure);
}

/**
 * Measures variants alternately, so that other load on the machine affects all of them equally: one warm-up run each, then
 * `rounds` rounds, each in another order. With 0 rounds, the results are those of the warm-up.
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
      if (round > 0 || rounds === 0) results[name].push(result);
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

/** The median of the ratios of `a` to `b` in each round. */
export function ratio(a: readonly number[], b: readonly number[]): number {
  return median(a.map((value, index) => value / (b[index] ?? Number.NaN)));
}

/** The quantile `share` (0 to 1) of the values. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
}

/** Rounds to three significant digits, or to a whole number. */
export function rounded(value: number): number {
  return Math.abs(value) >= 100 ? Math.round(value) : Number(value.toPrecision(3));
}
