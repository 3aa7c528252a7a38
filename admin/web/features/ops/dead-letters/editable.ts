import type { DeadLetter } from '../../../../answers.js';
import { maskedPaths } from '../../../shared/mask.js';

/** Data of a dead letter's event; undefined where it was no envelope, or has none. */
export function dataOf({ envelope }: Pick<DeadLetter, 'envelope'>): unknown {
  return typeof envelope === 'object' && envelope !== null && 'data' in envelope ? envelope.data : undefined;
}

/** Why its data cannot be edited by whoever is signed in; undefined where it can. */
export function whyNotEdit(
  letter: Pick<DeadLetter, 'envelope' | 'handler'>,
  seesPersonalData: boolean,
): string | undefined {
  const data = dataOf(letter);
  if (data === undefined || letter.handler === '*') {
    return 'It was no envelope: no handler is known that could be given other data.';
  }
  if (!seesPersonalData && maskedPaths(data).length > 0) {
    return 'Its data hold what your role may not see, and you would send the masks back: an owner can edit it.';
  }
  return undefined;
}
