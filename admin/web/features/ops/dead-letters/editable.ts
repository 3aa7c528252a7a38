import type { DeadLetter } from '../../../../answers.js';
import { maskedPaths } from '../../../shared/mask.js';

/** Data of a dead letter's event; undefined if the entry is not an envelope or has no data. */
export function dataOf({ envelope }: Pick<DeadLetter, 'envelope'>): unknown {
  return typeof envelope === 'object' && envelope !== null && 'data' in envelope ? envelope.data : undefined;
}

/** Why the signed-in user cannot edit its data; undefined if the user can. */
export function whyNotEdit(
  letter: Pick<DeadLetter, 'envelope' | 'handler'>,
  seesPersonalData: boolean,
): string | undefined {
  const data = dataOf(letter);
  if (data === undefined || letter.handler === '*') {
    return 'The entry was not a valid envelope, so its handler is unknown and its data cannot be edited.';
  }
  if (!seesPersonalData && maskedPaths(data).length > 0) {
    return 'The data contains values that your role cannot see. Only owners can edit it.';
  }
  return undefined;
}
