import { EventBusError } from '../errors.js';
import type { AnyEventDefinition } from '../event/definition.js';
import type { Envelope, UnknownEvent } from '../event/envelope.js';
import { createEventId } from '../event/ids.js';
import { olderVersionOf } from '../event/older-versions.js';
import { keyInData } from '../event/ordering-key.js';
import { readEntry } from '../event/read-envelope.js';
import { jsonPath } from '../event/violations.js';
import { dataOfVersions } from '../publish/checked-data.js';
import { type DeadLetter, deadLetterWithoutHandler } from './dead-letter.js';

/** Maximum size of edited data, in bytes. An event that exceeds a service's own limit becomes a dead letter again. */
const maxEditedBytes = 16 * 1024 * 1024;

const noDefinitions: ReadonlyMap<string, AnyEventDefinition> = new Map();

/**
 * The new event that a dead letter becomes with edited data, and the data before the edit, as it was written, and after it.
 * @throws EventBusError `VALIDATION_FAILED`, `PAYLOAD_TOO_LARGE`, `CONFLICT`
 */
export function editedEvent(
  letter: DeadLetter,
  data: unknown,
  definitions: ReadonlyMap<string, AnyEventDefinition>,
  nowMs: number,
): { readonly eventId: string; readonly envelope: string; readonly before: unknown; readonly after: unknown } {
  const written = readEntry(letter.envelope, noDefinitions, Number.POSITIVE_INFINITY).event;
  if (written === undefined || letter.handler === '*') throw deadLetterWithoutHandler(letter);
  const definition = definitions.get(letter.type);
  if (definition === undefined) {
    throw new EventBusError(
      'CONFLICT',
      `the operator has no definition of ${letter.type} to validate the data: add it to the operator's definitions`,
    );
  }
  // Without its conversion, which may have crashed every process that ran it.
  if (readEntry(letter.envelope, definitions, Number.POSITIVE_INFINITY, false).kind === 'ahead') {
    const problem = `${letter.type}: dead letter ${letter.id} has version ${written.version}, newer than the operator's SDK`;
    throw new EventBusError('CONFLICT', `${problem} (${definition.version}): use an operator with a newer SDK`);
  }
  // The version of the dead letter comes first: data without a difference between the versions keeps its meaning.
  const older = olderVersionOf(definition, written.version);
  const schemas = older === undefined ? [definition] : [older, definition];
  const { data: after, version } = dataOfVersions(schemas, letter.type, data, maxEditedBytes);
  if (version === definition.version) refuseOtherKey(definition, written, after);
  const { unknown: _, ...old } = written;
  const eventId = createEventId(nowMs);
  const timestamp = new Date(nowMs).toISOString();
  const envelope: Envelope = { ...old, id: eventId, timestamp, causationId: old.id, version, data: after };
  return { eventId, envelope: JSON.stringify(envelope), before: old.data, after };
}

/**
 * The event keeps its place among the events of its ordering key, so its data must keep the key. An event without a key keeps none.
 * @throws EventBusError `VALIDATION_FAILED`
 */
function refuseOtherKey(definition: AnyEventDefinition, written: Envelope | UnknownEvent, after: unknown): void {
  if (written.key === undefined || definition.orderingKey === undefined) return;
  const key = keyInData(definition, after);
  if (key === written.key || key === keyInData(definition, written.data)) return;
  const path = jsonPath(definition.orderingKeyAt ?? '');
  const problem = 'is the ordering key of the event, which an edit cannot change';
  const message = `${definition.type}: ${path} ${problem}: discard the dead letter, and publish a new event`;
  throw new EventBusError('VALIDATION_FAILED', message, { violations: [{ path, message: problem }] });
}
