import type { Master } from './nodes.js';
import type { Address } from './resolved-target.js';

interface OwnedRange {
  readonly from: number;
  readonly to: number;
  /** Of the master, as `<host>:<port>`. */
  readonly owner: string;
}

/** Which master has which slot, by the last reply to CLUSTER SLOTS and by later redirections. */
export class SlotTable {
  readonly #natMap: ReadonlyMap<string, Address>;
  #ranges: readonly OwnedRange[] = [];
  /** Owners of single slots: those that were asked for, and those that were redirected. */
  readonly #known = new Map<number, string>();

  /** @param natMap The addresses to use for those that the cluster names. */
  constructor(natMap: ReadonlyMap<string, Address>) {
    this.#natMap = natMap;
  }

  /** The master of a slot, as `<host>:<port>`; undefined if none is known. */
  ownerOf(slot: number): string | undefined {
    const known = this.#known.get(slot);
    if (known !== undefined) return known;
    const owner = this.#ranges.find(({ from, to }) => from <= slot && slot <= to)?.owner;
    if (owner !== undefined) this.#known.set(slot, owner);
    return owner;
  }

  /** Every known master. */
  get owners(): readonly string[] {
    return [...new Set([...this.#ranges.map(({ owner }) => owner), ...this.#known.values()])];
  }

  /** Every known master with its slots, by its first slot. */
  get masters(): readonly Master[] {
    const sorted = [...this.#ranges].sort((a, b) => a.from - b.from);
    const inOrder = new Set([...sorted.map(({ owner }) => owner), ...this.owners]);
    return [...inOrder].map((address) => {
      const own = sorted.filter(({ owner }) => owner === address);
      return { address, slots: own.map(({ from, to }) => ({ from, to })) };
    });
  }

  /**
   * Replaces the table by a reply to CLUSTER SLOTS. @param asked The node that replied: it does not always know its own host.
   * @returns False if the reply names no slot: the node is no part of a cluster yet.
   */
  read(reply: unknown, asked: Address): boolean {
    if (!Array.isArray(reply)) return false;
    const ranges = reply.flatMap((range: unknown): readonly OwnedRange[] => {
      const [from, to, master] = range as readonly [number, number, readonly [host: string | null, port: number]];
      const [host, port] = master;
      return [{ from, to, owner: this.#nameOf(host ?? '', port, asked) }];
    });
    if (ranges.length === 0) return false;
    this.#ranges = ranges;
    this.#known.clear();
    return true;
  }

  /** Takes the owner from a redirection: `MOVED <slot> <host>:<port>`. @param asked The node that replied. */
  move(message: string, asked: Address): string | undefined {
    const [, slot, host = '', port] = /^MOVED (\d+) (.*):(\d+)/.exec(message) ?? [];
    if (slot === undefined) return undefined;
    const owner = this.#nameOf(host, Number(port), asked);
    this.#known.set(Number(slot), owner);
    return owner;
  }

  /** A node that does not know its host names `?` or none: it is the host that was asked. */
  #nameOf(host: string, port: number, asked: Address): string {
    const known = host === '' || host === '?' ? asked.host : host;
    const name = `${known}:${port}`;
    const mapped = this.#natMap.get(name);
    return mapped === undefined ? name : nameOf(mapped);
  }
}

/** `<host>:<port>`. */
export function nameOf({ host, port }: Address): string {
  return `${host}:${port}`;
}

/** The address in `<host>:<port>`; the host may be an IPv6 address. */
export function addressOf(name: string): Address {
  const at = name.lastIndexOf(':');
  return { host: name.slice(0, at), port: Number(name.slice(at + 1)) };
}
