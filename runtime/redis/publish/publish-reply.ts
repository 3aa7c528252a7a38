import { EventBusError } from '../../errors.js';
import type { PreparedEvent } from '../../publish/prepare-event.js';
import type { Published } from '../../publish/publisher.js';

/** What a word of the publish script's reply says of its event. */
export function publishedFrom(event: PreparedEvent, word: string): Published {
  if (!isDuplicate(word)) return { id: event.id, streamId: word, duplicate: false };
  const end = word.lastIndexOf('@');
  return { id: word.slice(1, end), streamId: word.slice(end + 1), duplicate: true };
}

/** Whether a word of the publish script's reply names an event that was there before. */
export function isDuplicate(word: string): boolean {
  return word.startsWith('=');
}

/** What was written before. @param words One an event. @throws EventBusError `CONFLICT` where one is missing */
export function duplicatesOf(events: readonly PreparedEvent[], words: readonly (string | undefined)[]): Published[] {
  return events.map((event, index) => {
    const word = words[index];
    if (word !== undefined) return publishedFrom(event, word);
    const what = `event ${event.id} was not written, but another of its batch was`;
    throw new EventBusError('CONFLICT', `${what}: publish again the whole batch as it was, or what is missing alone`);
  });
}

export function outcomeUnknownError(events: readonly PreparedEvent[], cause: unknown): EventBusError {
  const eventIds = events.map((event) => event.id);
  const message =
    `Redis did not answer before the deadline: the event may be written or not. Publish again with the option ` +
    `{ id: '${eventIds[0]}' } to have it written once${eventIds.length > 1 ? ' (a batch: each draft with its id of eventIds)' : ''}`;
  return new EventBusError('OUTCOME_UNKNOWN', message, { cause, eventIds });
}
