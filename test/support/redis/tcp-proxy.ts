import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** What a {@link TcpProxy} does with bytes. */
export type ProxyMode =
  /** Hands everything on. */
  | 'pass'
  /** Hands requests on and swallows the replies: what was asked for is done, and nobody hears. */
  | 'drop-replies'
  /** Swallows both ways, and leaves the sockets open: a half-open connection. */
  | 'freeze'
  /** Keeps requests under way, also when their sender is gone, until they are let through. */
  | 'hold'
  /** Refuses connections. */
  | 'refuse';

/** Stands between a client and Redis, and fails as networks do. */
export interface TcpProxy {
  readonly url: string;
  mode: ProxyMode;
  /** How many bytes of replies pass in a second, over all connections together; 0: as many as come. */
  bytesPerSecond: number;
  /** Bytes of requests that were handed on. */
  readonly requested: number;
  /** Breaks every connection there is. */
  cut(): void;
  /** From the next request that contains `text` on, replies are dropped; resolves once that request was handed on. */
  dropRepliesFrom(text: string): Promise<void>;
  /** The next request that contains `text`, and all after it on that connection, stay under way until {@link letThrough}. */
  holdFrom(text: string): Promise<void>;
  /** Hands on what was held, long after its time. */
  letThrough(): void;
  /** The next request that contains `text` does not arrive, nor anything after it; resolves once it was swallowed. */
  freezeFrom(text: string): Promise<void>;
  close(): Promise<void>;
}

/** Starts a proxy to a port of this machine. */
export async function startProxy(port: number): Promise<TcpProxy> {
  const sockets = new Set<Socket>();
  let trap: { readonly text: string; readonly mode: ProxyMode; readonly sprung: () => void } | undefined;
  const state = { mode: 'pass' as ProxyMode, requested: 0, bytesPerSecond: 0 };
  const link = slowLink(() => state.bytesPerSecond);
  const held: { readonly upstream: Socket; readonly data: Buffer }[] = [];
  const server = createServer((client) => {
    if (state.mode === 'refuse') {
      client.destroy();
      return;
    }
    const upstream = connect(port, '127.0.0.1');
    // Bytes of a stream are not lost in its middle: where some did not arrive, none that follow do.
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
        // What is under way arrives although its sender is gone.
        if (!holds) other.destroy();
      });
    }
    client.on('data', (data) => {
      if (trap !== undefined && data.includes(trap.text)) {
        state.mode = trap.mode;
        trap.sprung();
        trap = undefined;
      }
      holds ||= state.mode === 'hold';
      if (holds) {
        held.push({ upstream, data });
        // Only this connection is slow.
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
  };
  return {
    url: `redis://127.0.0.1:${(server.address() as AddressInfo).port}`,
    get mode() {
      return state.mode;
    },
    set mode(mode) {
      state.mode = mode;
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
      for (const { upstream, data } of held.splice(0)) upstream.write(data);
    },
    close: async () => {
      link.stop();
      cut();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** A link that carries so many bytes a second, in the order in which they come; whoever sends is told to wait. */
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
