import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** Mode of a {@link TcpProxy}. */
export type ProxyMode =
  /** Forwards everything. */
  | 'pass'
  /** Forwards requests and drops the replies: requests are executed, but their replies are lost. */
  | 'drop-replies'
  /** Drops both directions and leaves the sockets open: a half-open connection. */
  | 'freeze'
  /** Holds requests, even if their sender disconnects, until they are released. */
  | 'hold'
  /** Refuses connections. */
  | 'refuse';

/** A proxy between a client and Redis that simulates network failures. */
export interface TcpProxy {
  readonly url: string;
  mode: ProxyMode;
  /** Limit of reply bytes per second, over all connections together; 0: no limit. */
  bytesPerSecond: number;
  /** Number of forwarded request bytes. */
  readonly requested: number;
  /** Closes every connection. */
  cut(): void;
  /** Drops replies from the next request that contains `text` on; resolves when that request was forwarded. */
  dropRepliesFrom(text: string): Promise<void>;
  /** Holds the next request that contains `text`, and all later ones of that connection, until {@link letThrough}. */
  holdFrom(text: string): Promise<void>;
  /** Forwards the held requests. */
  letThrough(): void;
  /** Drops the next request that contains `text` and everything after it; resolves when it was dropped. */
  freezeFrom(text: string): Promise<void>;
  close(): Promise<void>;
}

/** Starts a proxy to a port of this machine. @param onChange Called when its mode changes, and when it closes its connections. */
export async function startProxy(port: number, onChange?: (change: ProxyMode | 'cut') => void): Promise<TcpProxy> {
  const sockets = new Set<Socket>();
  let trap: { readonly text: string; readonly mode: ProxyMode; readonly sprung: () => void } | undefined;
  const state = { mode: 'pass' as ProxyMode, requested: 0, bytesPerSecond: 0 };
  const link = slowLink(() => state.bytesPerSecond);
  const setMode = (mode: ProxyMode) => {
    if (mode !== state.mode) onChange?.(mode);
    state.mode = mode;
  };
  const held: { readonly upstream: Socket; readonly data: Buffer }[] = [];
  const server = createServer((client) => {
    if (state.mode === 'refuse') {
      client.destroy();
      return;
    }
    const upstream = connect(port, '127.0.0.1');
    // TCP does not lose bytes in the middle of a stream: if some were dropped, all later ones are dropped, too.
    const broken = { requests: false, replies: false };
    let holds = false;
    for (const [socket, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => {
        sockets.delete(socket);
        // Held requests arrive even if their sender has disconnected.
        if (!holds) other.destroy();
      });
    }
    client.on('data', (data) => {
      if (trap !== undefined && data.includes(trap.text)) {
        setMode(trap.mode);
        trap.sprung();
        trap = undefined;
      }
      holds ||= state.mode === 'hold';
      if (holds) {
        held.push({ upstream, data });
        // Delays only this connection.
        state.mode = 'pass';
        return;
      }
      broken.requests ||= state.mode === 'freeze';
      if (broken.requests) return;
      state.requested += data.length;
      upstream.write(data);
    });
    upstream.on('data', (data) => {
      broken.replies ||= state.mode !== 'pass';
      if (broken.replies) return;
      if (state.bytesPerSecond === 0) client.write(data);
      else link.carry(data, upstream, client);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const set = (mode: ProxyMode) => (text: string) =>
    new Promise<void>((sprung) => {
      trap = { text, mode, sprung };
    });
  const cut = () => {
    for (const socket of sockets) socket.destroy();
    onChange?.('cut');
  };
  return {
    url: `redis://127.0.0.1:${(server.address() as AddressInfo).port}`,
    get mode() {
      return state.mode;
    },
    set mode(mode) {
      setMode(mode);
    },
    get bytesPerSecond() {
      return state.bytesPerSecond;
    },
    set bytesPerSecond(rate) {
      state.bytesPerSecond = rate;
    },
    get requested() {
      return state.requested;
    },
    cut,
    dropRepliesFrom: set('drop-replies'),
    freezeFrom: set('freeze'),
    holdFrom: set('hold'),
    letThrough: () => {
      onChange?.('pass');
      for (const { upstream, data } of held.splice(0)) upstream.write(data);
    },
    close: async () => {
      link.stop();
      cut();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Limits bytes per second, in order, with backpressure for the sender. */
function slowLink(rate: () => number) {
  const tickMs = 20;
  const queue: { data: Buffer; readonly from: Socket; readonly to: Socket }[] = [];
  const timer = setInterval(() => {
    let room = (rate() * tickMs) / 1_000;
    while (room > 0) {
      const [next] = queue;
      if (next === undefined) return;
      const part = next.data.subarray(0, room);
      room -= part.length;
      if (!next.to.destroyed) next.to.write(part);
      next.data = next.data.subarray(part.length);
      if (next.data.length > 0) return;
      queue.shift();
      next.from.resume();
    }
  }, tickMs);
  return {
    carry: (data: Buffer, from: Socket, to: Socket) => {
      queue.push({ data, from, to });
      from.pause();
    },
    stop: () => clearInterval(timer),
  };
}
