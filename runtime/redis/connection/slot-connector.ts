import { createConnection } from 'node:net';
import { connect } from 'node:tls';
import { AbstractConnector, type RedisOptions } from 'ioredis';
import type { ResolvedTarget } from './resolved-target.js';

/** Time that a half-open socket may take to close, in milliseconds. */
const disconnectMs = 100;

/** Makes a connector for ioredis: each connection goes to the master that has the keys at that moment. */
export function slotConnector(findOwner: () => Promise<ResolvedTarget>): NonNullable<RedisOptions['Connector']> {
  return class SlotConnector extends AbstractConnector {
    constructor() {
      super(disconnectMs);
    }

    /** Called with the reply to INFO. The connection to a server that has become a replica is renewed. */
    override check({ role }: { readonly role?: string }): boolean {
      return role === undefined || role === 'master';
    }

    /** Ends a connection once: ioredis calls this for each refused call, and would add a listener and a timer each time. */
    override disconnect(): void {
      this.connecting = false;
      if (this.stream?.writableEnded !== true) super.disconnect();
    }

    override async connect() {
      this.connecting = true;
      const { server, tls } = await findOwner();
      // `disconnect` was called in the meantime.
      if (!this.connecting) throw new Error('Connection is closed.');
      const address = { ...server };
      this.stream = tls === undefined ? createConnection({ port: 6379, ...address }) : connect({ ...tls, ...address });
      this.stream.once('error', (error: Error) => {
        this.firstError = error;
      });
      return this.stream;
    }
  };
}
