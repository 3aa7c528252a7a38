import type { RedisConnection } from './redis-connection.js';

/** Time that the connection to a former server has to end its call, in milliseconds: its reply may have entries. */
const graceMs = 1_000;

/** A connection that is not shared: to one server at a time, and to another one when the keys have moved there. */
export class OwnConnection {
  readonly #connectTo: (server: string, onChange: () => void) => RedisConnection;
  readonly #former = new Set<RedisConnection>();
  #current: { readonly server: string; readonly connection: RedisConnection } | undefined;
  #connected = false;
  #onChange: () => void = () => undefined;

  /** @param connectTo Makes a connection to a server, `<host>:<port>`. */
  constructor(connectTo: (server: string, onChange: () => void) => RedisConnection) {
    this.#connectTo = connectTo;
  }

  /** @param onChange Called when the connection has become ready, was lost or suspended. */
  onChange(onChange: () => void): void {
    this.#onChange = onChange;
  }

  connect(): void {
    this.#connected = true;
    this.#current?.connection.connect();
  }

  /** The connection to a server. Undefined: the one to the last server, if there is one. */
  to(server: string | undefined): RedisConnection | undefined {
    if (server === undefined || server === this.#current?.server) return this.#current?.connection;
    const former = this.#current?.connection;
    const connection = this.#connectTo(server, () => this.#onChange());
    this.#current = { server, connection };
    if (this.#connected) connection.connect();
    if (former !== undefined) this.#retire(former);
    return connection;
  }

  close(): void {
    this.#connected = false;
    this.#current?.connection.close();
    for (const connection of this.#former) connection.close();
  }

  #retire(connection: RedisConnection): void {
    this.#former.add(connection);
    const end = () => {
      this.#former.delete(connection);
      connection.close();
    };
    setTimeout(end, graceMs).unref();
  }
}
