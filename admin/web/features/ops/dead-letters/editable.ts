import type { DeadLetter } from '../../../../answers.js';
import { knownVersion, type VersionedEvent } from '../../../shared/event-versions.js';
import { maskedPaths } from '../../../shared/mask.js';

/** Data of a dead letter's event; undefined if the entry is not an envelope or has no data. */
export function dataOf({ envelope }: Pick<DeadLetter, 'envelope'>): unknown {
  return typeof envelope === 'object' && envelope !== null && 'data' in envelope ? envelope.data : undefined;
}

/** Version of a dead letter's event; undefined if the entry is not an envelope. */
export function versionOf({ envelope }: Pick<DeadLetter, 'envelope'>): string | undefined {
  if (typeof envelope !== 'object' || envelope === null || !('version' in envelope)) return undefined;
  return typeof envelope.version === 'string' ? envelope.version : undefined;
}

/** A form in which the data of a dead letter can be edited: one version of the event. */
export interface EditForm {
  readonly version: string;
  /** Name of the payload's schema. */
  readonly payload: string;
  /** The data to begin with. */
  readonly data: unknown;
}

/**
 * The forms in which data can be edited, the written version first. Data of an older version can also be edited as handlers
 * receive it; if the service cannot convert it, this form begins with the data as written.
 */
export function editForms(
  letter: Pick<DeadLetter, 'envelope' | 'received'>,
  event: VersionedEvent | undefined,
): readonly EditForm[] {
  if (event === undefined) return [];
  const [data, version] = [dataOf(letter), versionOf(letter) ?? event.version];
  const present: EditForm = { version: event.version, payload: event.payload, data };
  const known = knownVersion(event, version);
  if (known.kind !== 'older') return [present];
  const received = letter.received?.data;
  const converted = received === undefined ? present : { ...present, data: received };
  return [{ version, payload: known.payload, data }, converted];
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
