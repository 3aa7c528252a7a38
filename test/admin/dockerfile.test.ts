import { existsSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { expect, it } from 'vitest';
import { parse } from 'yaml';
import { readConfig } from '../../admin/config.js';

const lines = readFileSync('admin/Dockerfile', 'utf8').split('\n');

it('Dockerfile and docker-compose.yml: the paths exist, and the port is that of the service', () => {
  const copied = lines.flatMap((line) => /^COPY --from=build \/app\/(\S+) (\S+)$/.exec(line)?.[1] ?? []);
  expect(copied).toEqual(expect.arrayContaining(['node_modules', 'runtime', 'admin']));
  // The image contains no catalog, so that every team can use it.
  expect(copied).not.toContain('generated');
  expect(copied).not.toContain('catalog');
  const [, catalog = ''] = /ADMIN_CATALOG=(\S+)/.exec(lines.join('\n')) ?? [];
  const [, entry = ''] = /^CMD \["node", "(.+)"\]$/m.exec(lines.join('\n')) ?? [];
  expect([...copied, entry].filter((path) => !existsSync(path))).toEqual([]);
  expect(copied).toContain(entry.split('/')[0]);

  const { port } = readConfig({}, { secret: 'unused' });
  expect(lines).toContain(`EXPOSE ${port}`);
  const { services, volumes } = parse(readFileSync('docker-compose.yml', 'utf8'));
  expect(services.admin.ports).toEqual([`127.0.0.1:${port}:${port}`]);
  expect(services.admin.healthcheck.test.join(' ')).toContain(`http://127.0.0.1:${port}/health/ready`);
  expect(existsSync(services.admin.build.dockerfile)).toBe(true);
  expect(services.postgres.profiles).toEqual(['postgres']);
  const all = Object.values<{ volumes: string[] }>(services).flatMap((service) => service.volumes);
  const [folders, mounted] = [true, false].map((isFolder) =>
    all.filter((volume) => volume.startsWith('.') === isFolder),
  );
  expect(folders).toContain(`./generated:${dirname(catalog)}:ro`);
  expect(mounted?.map((volume) => volume.split(':')[0]).sort()).toEqual(Object.keys(volumes).sort());
});
