import type { RuleName } from '../facts/findings.js';
import type { HistoryRecord } from '../history.js';
import { Forge } from './forge.js';

/** One way to break a rule: a history that must be refused, and one just within the rule, which must be accepted. */
export interface ForgedCase {
  readonly what: string;
  /** Other rules that the bad history cannot help breaking. */
  readonly also: readonly RuleName[];
  readonly bad: () => readonly HistoryRecord[];
  readonly good: () => readonly HistoryRecord[];
}

type Write = (forge: Forge) => readonly HistoryRecord[];

/** A case whose histories are written from their beginning. */
export function forged(what: string, bad: Write, good: Write, also: readonly RuleName[] = []): ForgedCase {
  return { what, also, bad: () => bad(new Forge()), good: () => good(new Forge()) };
}

/** A case whose histories begin with a process `p1` that handles every event in `billing/bill`. */
export function handled(what: string, bad: Write, good: Write, also: readonly RuleName[] = []): ForgedCase {
  return { what, also, bad: () => bad(new Forge().process()), good: () => good(new Forge().process()) };
}
