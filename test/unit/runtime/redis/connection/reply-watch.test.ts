import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ReplyWatch } from '../../../../../runtime/redis/connection/reply-watch.js';

const timeoutMs = 1_000;
const never = () => new Promise<never>(() => undefined);

beforeEach(() => vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'performance'] }));
afterEach(() => vi.useRealTimers());

function watched() {
  const socket = { bytesRead: 0, bytesWritten: 0, writableLength: 0 };
  let silences = 0;
  const watch = new ReplyWatch(
    timeoutMs,
    () => socket,
    () => {
      silences += 1;
    },
  );
  return { socket, watch, silences: () => silences };
}

describe('a connection on which a reply is due', () => {
  it('counts as broken after the timeout without data', () => {
    const { watch, silences } = watched();
    void watch.hold(never(), 0);
    vi.advanceTimersByTime(timeoutMs - 100);
    expect(silences()).toBe(0);
    vi.advanceTimersByTime(300);
    expect(silences()).toBe(1);
  });

  it('does not count as broken while bytes of a reply arrive, for any duration', () => {
    const { watch, socket, silences } = watched();
    void watch.hold(never(), 0);
    for (let i = 0; i < 50; i += 1) {
      vi.advanceTimersByTime(timeoutMs - 200);
      socket.bytesRead += 1;
    }
    expect(silences()).toBe(0);
    vi.advanceTimersByTime(timeoutMs + 200);
    expect(silences()).toBe(1);
  });

  it('does not count as broken while a large request is being sent', () => {
    const { watch, socket, silences } = watched();
    socket.bytesWritten = 1_000_000;
    socket.writableLength = 1_000_000;
    void watch.hold(never(), 0);
    for (let i = 0; i < 20; i += 1) {
      vi.advanceTimersByTime(timeoutMs - 200);
      socket.writableLength -= 10;
    }
    expect(silences()).toBe(0);
  });

  it('also counts as broken while new requests are sent: sent bytes prove nothing', () => {
    const { watch, socket, silences } = watched();
    for (let i = 0; i < 20; i += 1) {
      void watch.hold(never(), 0);
      socket.bytesWritten += 100;
      vi.advanceTimersByTime(100);
    }
    expect(silences()).toBeGreaterThan(0);
  });

  it('waits longer for a call that blocks', () => {
    const { watch, silences } = watched();
    void watch.hold(never(), 5_000);
    vi.advanceTimersByTime(5_900);
    expect(silences()).toBe(0);
    vi.advanceTimersByTime(400);
    expect(silences()).toBe(1);
  });

  it('stops its timer when no reply is due', async () => {
    const { watch } = watched();
    await watch.hold(Promise.resolve(1), 0);
    vi.advanceTimersByTime(200);
    expect(vi.getTimerCount()).toBe(0);
  });
});
