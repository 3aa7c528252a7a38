import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { createEventBus, type Logger } from '@hyvve-events/runtime';
import { subscribeTo } from '@hyvve-events/runtime/codegen';
import { afterAll, expect, it } from 'vitest';
import { parse } from 'yaml';
import { allEvents, anOrder, OrderPlaced } from '../support/events/events.js';
import { until } from '../support/wait.js';

const run = promisify(execFile);

interface Service {
  readonly command: readonly [shell: string, option: string, script: string];
  readonly environment?: { readonly PORT: string };
  readonly ports?: readonly string[];
  readonly networks: { readonly cluster: { readonly ipv4_address?: string } };
}

const { services } = parse(readFileSync('examples/cluster/compose.yaml', 'utf8'), { merge: true }) as {
  readonly services: Readonly<Record<string, Service>>;
};
const nodes = Object.values(services).filter(({ environment }) => environment !== undefined);
const children: ChildProcess[] = [];
const folders: string[] = [];
afterAll(async () => {
  for (const child of children) child.kill('SIGKILL');
  await Promise.all(children.map((child) => child.exitCode ?? child.signalCode ?? once(child, 'exit')));
  await Promise.all(folders.map((folder) => rm(folder, { recursive: true })));
});

/** A free port whose cluster port, 10,000 above it, is free. Both are below the ports that outgoing connections get, which come and go. */
async function clusterPort(): Promise<number> {
  for (;;) {
    const port = 11_000 + Math.floor(Math.random() * 11_000);
    if ((await isFree(port)) && (await isFree(port + 10_000))) return port;
  }
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  try {
    await once(server.listen(port, '127.0.0.1'), 'listening');
    return true;
  } catch {
    return false;
  } finally {
    server.close();
  }
}

it('the commands of the compose file make a cluster that a bus on this machine uses without a warning', async () => {
  expect(nodes.map(({ ports }) => ports)).toEqual(
    nodes.map(({ environment }) => [`127.0.0.1:${environment?.PORT}:${environment?.PORT}`]),
  );
  const ports = new Map<string, number>();
  for (const { environment = { PORT: '' }, networks, command } of nodes) {
    const port = await clusterPort();
    ports.set(`${networks.cluster.ipv4_address}:${environment.PORT}`, port);
    const cwd = await mkdtemp(join(tmpdir(), 'hyvve-compose-'));
    folders.push(cwd);
    const [shell, option, script] = command;
    const env = { ...process.env, PORT: String(port) };
    children.push(spawn(shell, [option, script.replaceAll('$$', '$')], { cwd, env, stdio: 'ignore' }));
  }
  const [first = 0] = ports.values();
  for (const port of ports.values()) {
    await until('it replies', () =>
      run('redis-cli', ['-p', String(port), 'ping']).then(
        () => true,
        () => false,
      ),
    );
  }
  const [shell = '', option = '', script = ''] = services.create?.command ?? [];
  const here = script
    .replaceAll(/172[.\d]+:\d+/g, (address) => `127.0.0.1:${ports.get(address)}`)
    .replace('-h 172.28.18.11 -p 7001', `-p ${first}`);
  const created = await run(shell, [option, here]);
  expect(created.stdout).toContain('[OK] All 16384 slots covered.');
  expect((await run(shell, [option, here])).stdout).toBe('');
  await until('each master has its replica, and clients get the name localhost', async () => {
    const { stdout } = await run('redis-cli', ['-p', String(first), '--json', 'cluster', 'slots']);
    const found = JSON.parse(stdout) as [from: number, to: number, ...nodes: [host: string, port: number][]][];
    return (
      found.map(([, , ...parts]) => parts.map(([host]) => host)).join(' ') ===
      Array(3).fill('localhost,localhost').join(' ')
    );
  });

  const warnings: unknown[] = [];
  const note = (...args: unknown[]) => void warnings.push(args);
  const logger: Logger = { debug: () => undefined, info: () => undefined, warn: note, error: note };
  const redis = { nodes: [`redis://localhost:${first}`] };
  const bus = createEventBus({ service: 'shop', redis, partitions: 8, logger });
  const handled: string[] = [];
  bus.subscribe(
    subscribeTo(allEvents, OrderPlaced.type, { name: 'note' }, async ({ tenantId }) => void handled.push(tenantId)),
  );
  await bus.start();
  const tenants = Array.from({ length: 8 }, (_, n) => `tenant-${n}`);
  for (const tenantId of tenants) await bus.publish(OrderPlaced, anOrder, { tenantId });
  await until('all are handled', () => handled.length === tenants.length);
  await bus.close();
  expect(handled.sort()).toEqual(tenants);
  expect(warnings).toEqual([]);
}, 60_000);
