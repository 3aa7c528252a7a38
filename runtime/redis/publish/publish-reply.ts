import { EventBusError } from '../../errors.js';
import { positionOf } from '../../event/position.js';
import type { PreparedEvent } from '../../publish/prepare-event.js';
import type { Published } from '../../publish/publisher.js';
import { NotReplicatedError } from '../connection/redis-error.js';

/**
 * Reads the reply of the publish script: one word for each event, in their order.
 * @returns The results for the events of each unit
 */
export function parsePublishReply(
  units: readonly { readonly events: readonly PreparedEvent[] }[],
  reply: string,
): readonly (readonly Published[])[] {
  const words = reply.split(' ');
  const answers: (readonly Published[])[] = [];
  let at = 0;
  for (const { events } of units) {
    const published: Published[] = [];
    for (const event of events) {
      published.push(publishedFrom(event, words[at] ?? ''));
      at += 1;
    }
    answers.push(published);
  }
  return answers;
}

/** The result of an event from its word in the publish script's reply. */
export function publishedFrom(event: PreparedEvent, word: string): Published {
  if (!isDuplicate(word)) return { id: event.id, streamId: word, duplicate: false };
  const end = word.lastIndexOf('@');
  return { id: word.slice(1, end), streamId: word.slice(end + 1), duplicate: true };
}

/** Whether a word of the publish script's reply names an event that was written before. */
function isDuplicate(word: string): boolean {
  return word.startsWith('=');
}

/** The results of events that were written before. @param words One for each event. @throws EventBusError `CONFLICT` when one is missing */
export function duplicatesOf(events: readonly PreparedEvent[], words: readonly (string | undefined)[]): Published[] {
  return events.map((event, index) => {
    const word = words[index];
    if (word !== undefined) return publishedFrom(event, word);
    throw partlyWritten(event);
  });
}

/**
 * Checks what was found of a batch in former partitions: it is written all or none, if its events have ids that contain their time.
 * @throws EventBusError `CONFLICT` when one is missing
 */
export function checkWhole(events: readonly PreparedEvent[], found: readonly (Published | undefined)[]): void {
  const missing = events.find((_, index) => found[index] === undefined);
  const isById = events.some(({ idTime }, index) => idTime !== undefined && found[index] !== undefined);
  if (isById && missing !== undefined) throw partlyWritten(missing);
}

/** With the position of the entry among all partitions. */
export function placed({ id, streamId, duplicate }: Published, index: number): Published {
  return { id, streamId: positionOf(streamId, index), duplicate };
}

function partlyWritten({ id }: PreparedEvent): EventBusError {
  const problem = `event ${id} was not written, but another event of its batch was`;
  return new EventBusError('CONFLICT', `${problem}: publish the unchanged batch again, or only the missing events`);
}

export function outcomeUnknownError(events: readonly PreparedEvent[], cause: unknown): EventBusError {
  const eventIds = events.map((event) => event.id);
  const unreplicated = cause instanceof Error && cause.cause instanceof NotReplicatedError ? cause.cause : cause;
  const problem =
    unreplicated instanceof NotReplicatedError
      ? `The event was written, but at the deadline only ${unreplicated.message}: it is lost if the server fails now`
      : 'Redis did not reply before the deadline: the event may or may not have been written';
  const message =
    `${problem}. Publish again with the option { id: '${eventIds[0]}' }, then it is written only once` +
    (eventIds.length > 1 ? ' (batch: each draft with its id from eventIds)' : '');
  return new EventBusError('OUTCOME_UNKNOWN', message, { cause, eventIds });
}
