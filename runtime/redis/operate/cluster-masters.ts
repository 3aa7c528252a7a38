import type { Master } from '../connection/nodes.js';
import { addressOf } from '../connection/slot-table.js';

/** A master of a cluster, also one without slots. */
export interface ClusterMaster {
  /** `<host>:<port>`. */
  readonly address: string;
  readonly host: string;
  readonly port: number;
  readonly id: string;
}

/**
 * Reads the masters from a reply to CLUSTER NODES: unlike CLUSTER SLOTS, it names those without slots.
 * @param known The masters with slots, by the addresses at which this process reaches them. @param asked Address of the node that replied.
 */
export function clusterMastersIn(reply: string, known: readonly Master[], asked: string): readonly ClusterMaster[] {
  return reply
    .trim()
    .split('\n')
    .map((line) => line.split(' '))
    .filter(([, , flags = '']) => {
      const all = flags.split(',');
      return all.includes('master') && !['fail', 'noaddr', 'handshake'].some((flag) => all.includes(flag));
    })
    .map(([id = '', names = '', flags = '', , , , , , ...ranges]) => {
      const [, ip = '', port = '', hostname = ''] = /^(.*):(\d+)@\d+(?:,([^,]*))?/.exec(names) ?? [];
      const first = ranges.find((range) => !range.startsWith('['))?.split('-')[0];
      const owner = known.find(({ slots }) =>
        slots?.some(({ from, to }) => from <= Number(first) && Number(first) <= to),
      );
      const announced = flags.includes('myself') && ip === '' ? asked : `${hostname === '' ? ip : hostname}:${port}`;
      const address = owner?.address ?? announced;
      return { address, ...addressOf(address), id };
    });
}
