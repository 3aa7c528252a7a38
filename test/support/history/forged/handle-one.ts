import type { Forge, ForgedEvent } from './forge.js';

/** Publishes and handles an event, so that the stream has an older entry. */
export function handleOne(forge: Forge): ForgedEvent {
  const event = forge.publish();
  forge.run(event);
  return event;
}
