import { ask, type BodyOf } from '../client.js';

/** Requests generated data of an event type; undefined if none was found. The same seed gives the same data. */
export async function requestSample(type: string, seed: number): Promise<unknown> {
  return (await ask('GET /admin/development/samples/:type', { path: { type }, query: { seed } })).data;
}

/** Publishes an event. */
export function publishEvent(body: BodyOf<'POST /admin/development/events'>) {
  return ask('POST /admin/development/events', { body });
}
