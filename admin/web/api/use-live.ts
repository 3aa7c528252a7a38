import { useEffect, useRef, useState } from 'react';
import type { LiveMessage } from '../../answers.js';
import { ApiError, needsOtherToken, openStream, type QueryOf } from './client.js';

type Query = QueryOf<'GET /admin/events/live'>;

/** `live` while messages arrive, `away` between a lost connection and the next one. */
export type LiveState = 'connecting' | 'live' | 'away';

/** Delays before a reconnect, in milliseconds: the first one, which doubles with each failure up to the longest. */
const firstWaitMs = 1_000;
const longestWaitMs = 15_000;
/** The service sends a message every 2 s: without one for this long, the connection is considered lost. */
const silenceMs = 12_000;

/**
 * Listens to `/admin/events/live` while the component is mounted, and reconnects whenever the stream ends.
 * @throws ApiError 401 or 403 when the token has expired or is refused: only another token can help.
 */
export function useLive(query: Query, onMessage: (message: LiveMessage) => void): LiveState {
  const [state, setState] = useState<LiveState>('connecting');
  const [refused, setRefused] = useState<ApiError>();
  const onMessageEvent = useRef(onMessage);
  onMessageEvent.current = onMessage;
  const key = JSON.stringify(query);
  useEffect(() => {
    const unmounted = new AbortController();
    const listen = async () => {
      let waitMs = firstWaitMs;
      while (!unmounted.signal.aborted) {
        try {
          for await (const message of messagesOf(JSON.parse(key) as Query, unmounted.signal)) {
            if (unmounted.signal.aborted) return;
            if (message.event === 'expired') {
              setRefused(new ApiError(401, { code: 'TOKEN_INVALID', message: 'The token has expired.' }));
              return;
            }
            waitMs = firstWaitMs;
            setState('live');
            onMessageEvent.current(message);
          }
        } catch (error) {
          // Other errors are visible in the state.
          if (needsOtherToken(error)) {
            if (!unmounted.signal.aborted) setRefused(error);
            return;
          }
        }
        if (unmounted.signal.aborted) return;
        setState('away');
        await new Promise((resolve) => setTimeout(resolve, waitMs));
        waitMs = Math.min(waitMs * 2, longestWaitMs);
      }
    };
    void listen();
    return () => unmounted.abort();
  }, [key]);
  if (refused !== undefined) throw refused;
  return state;
}

async function* messagesOf(query: Query, signal: AbortSignal): AsyncGenerator<LiveMessage> {
  const silent = new AbortController();
  let timer = setTimeout(() => silent.abort(), silenceMs);
  try {
    const response = await openStream(query, AbortSignal.any([signal, silent.signal]));
    const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
    if (reader === undefined) return;
    let text = '';
    for (let part = await reader.read(); !part.done; part = await reader.read()) {
      clearTimeout(timer);
      timer = setTimeout(() => silent.abort(), silenceMs);
      text += part.value;
      const messages = text.split('\n\n');
      text = messages.pop() ?? '';
      for (const message of messages) {
        const [event = '', data = ''] = message.split('\ndata: ');
        yield { event: event.replace('event: ', ''), data: JSON.parse(data) } as LiveMessage;
      }
    }
  } finally {
    clearTimeout(timer);
    // Close the connection also when the caller stops reading.
    silent.abort();
  }
}
