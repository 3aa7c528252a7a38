import { fromUrl } from './redis-url.js';
import type { Address, ResolvedAccess, ResolvedTarget, ResolvedUrl } from './resolved-target.js';
import {
  ownValues,
  type Refuse,
  readAccess,
  refuseUnknown,
  TargetChecks,
  type TargetOptions,
} from './target-checks.js';

/**
 * Checks and resolves `{ nodes, options, natMap }`. User, password and TLS are those of `options`, else those of the URLs,
 * which must not differ: every node of a cluster is entered in the same way.
 */
export function clusterTarget(given: TargetOptions, refuse: Refuse): ResolvedTarget {
  refuseUnknown(given, ['nodes', 'options', 'natMap'], refuse);
  const { nodes, options, natMap } = given;
  if (!Array.isArray(nodes) || nodes.length === 0) {
    return refuse('redis.nodes must list at least one node: a redis:// or rediss:// URL, or { host, port }');
  }
  const found = nodes.map((node: unknown, index) => nodeOf(node, `nodes[${index}]`, refuse));
  const access = accessOf(found, refuse);
  const { database, ...own } = optionsOf(options, refuse);
  if (database !== 0 || access.database !== 0) {
    return refuse(`redis has the database ${database || access.database}: a Redis Cluster has only database 0`);
  }
  const cluster = { nodes: found.map(({ server }) => server), natMap: natMapOf(natMap, refuse) };
  return { server: undefined, cluster, ...access, ...own };
}

function nodeOf(node: unknown, where: string, refuse: Refuse): ResolvedUrl | { readonly server: Address } {
  if (typeof node === 'string') return fromUrl(node, refuse, `redis.${where}`);
  return { server: addressOf(node, where, refuse) };
}

/** What the URLs have in common. */
function accessOf(nodes: readonly (ResolvedUrl | { readonly server: Address })[], refuse: Refuse): ResolvedAccess {
  const urls = nodes.flatMap((node) => ('database' in node ? [node] : []));
  const [{ server: _, ...first } = { server: undefined, database: 0 }, ...others] = urls;
  const text = JSON.stringify(first);
  if (others.some(({ server: _other, ...access }) => JSON.stringify(access) !== text)) {
    return refuse('the URLs in redis.nodes differ in more than host and port: a cluster has one user and one password');
  }
  return first;
}

function optionsOf(options: unknown, refuse: Refuse): ResolvedAccess {
  if (options === undefined) return { database: 0 };
  if (typeof options !== 'object' || options === null || Array.isArray(options)) {
    return refuse('redis.options must be an object with username, password and tls');
  }
  const values = ownValues(options, refuse);
  refuseUnknown(values, ['database', 'username', 'password', 'tls'], refuse, '.options');
  return readAccess(new TargetChecks(values, refuse, 'options.'));
}

function natMapOf(natMap: unknown, refuse: Refuse): ReadonlyMap<string, Address> {
  if (natMap === undefined) return new Map();
  if (typeof natMap !== 'object' || natMap === null || Array.isArray(natMap)) {
    return refuse("redis.natMap must be an object such as { '10.0.0.1:6379': { host, port } }");
  }
  const entries = Object.entries(ownValues(natMap, refuse));
  return new Map(entries.map(([from, to]) => [from, addressOf(to, `natMap[${JSON.stringify(from)}]`, refuse)]));
}

function addressOf(value: unknown, where: string, refuse: Refuse): Address {
  if (typeof value !== 'object' || value === null) return refuse(`redis.${where} must be { host, port }`);
  const check = new TargetChecks(ownValues(value, refuse), refuse, `${where}.`);
  return { host: check.text('host'), port: check.whole('port', 6379, 1, 65_535) };
}
