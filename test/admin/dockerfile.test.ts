import { existsSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { validate } from 'dockerfile-utils';
import { describe, expect, it } from 'vitest';
import { readConfig } from '../../admin/config.js';
import { dockerfileOfPackages, readCompose, readDockerfile } from '../support/project/container-files.js';

const ofRepository = readDockerfile(readFileSync('admin/Dockerfile', 'utf8'));
const ofPackages = dockerfileOfPackages();
const dockerfiles = [
  ['admin/Dockerfile', ofRepository],
  ['docs/admin.md', ofPackages],
] as const;
const compose = readCompose({ REDIS_PASSWORD: 'r', POSTGRES_PASSWORD: 'p' });
const { port } = readConfig({}, { secret: 'unused' });
/** A name, an exact version, and a variant. */
const exactImage = /^[a-z]+:\d+\.\d+(\.\d+)?-[a-z]+$/;

describe.each(dockerfiles)('the Dockerfile of %s', (_file, { text, env, images }) => {
  it('has no problem that the linter reports', () => {
    expect(validate(text).map(({ message }) => message)).toEqual([]);
  });

  it('names images by an exact version, has the port of the service, and does not run as root', () => {
    expect(images.length).toBeGreaterThan(0);
    for (const image of images) expect(image).toMatch(exactImage);
    expect(text).toContain(`EXPOSE ${port}\n`);
    expect(text).toContain('\nUSER node\n');
    expect(env).toMatchObject({ NODE_ENV: 'production', ADMIN_HOST: '0.0.0.0', ADMIN_DATA: '/data' });
  });
});

it('the Dockerfile of the repository: the copied paths exist, and there is no catalog', () => {
  const copied = [...ofRepository.text.matchAll(/^COPY --from=build \/app\/(\S+) (\S+)$/gm)].map(
    ([, path = '']) => path,
  );
  expect(copied).toEqual(expect.arrayContaining(['node_modules', 'runtime', 'admin']));
  // The image contains no catalog, so that every team can use it.
  expect(copied).not.toContain('generated');
  expect(copied).not.toContain('catalog');
  const [, entry = ''] = ofRepository.command;
  expect([...copied, entry].filter((path) => !existsSync(path))).toEqual([]);
  expect(copied).toContain(entry.split('/')[0]);
});

it('the Dockerfile of the packages installs the present version', () => {
  const { version } = JSON.parse(readFileSync('admin/package.json', 'utf8')) as { version: string };
  expect(ofPackages.text).toContain(` @hyvve-events/admin@${version} `);
});

describe('docker-compose.yml', () => {
  const { redis, postgres, admin } = compose.services;

  it('starts all three services without a profile, and the admin service after the others', () => {
    expect(Object.keys(compose.services)).toEqual(['redis', 'postgres', 'admin']);
    expect(readFileSync('docker-compose.yml', 'utf8')).not.toContain('profiles');
    const healthy = { condition: 'service_healthy' };
    expect(admin.depends_on).toEqual({ redis: healthy, postgres: healthy });
    for (const image of [redis.image, postgres.image]) expect(image).toMatch(exactImage);
  });

  it('publishes ports only on this machine', () => {
    expect(redis.ports).toEqual(['127.0.0.1:6379:6379']);
    expect(postgres.ports).toBeUndefined();
    expect(admin.ports).toEqual([`127.0.0.1:${port}:${port}`]);
    expect(admin.healthcheck.test.join(' ')).toContain(`http://127.0.0.1:${port}/health/ready`);
  });

  it('mounts folders and volumes that exist', () => {
    expect(existsSync(admin.build?.dockerfile ?? '')).toBe(true);
    const all = Object.values(compose.services).flatMap(({ volumes }) => volumes);
    const [folders, mounted] = [true, false].map((isFolder) =>
      all.filter((volume) => volume.startsWith('.') === isFolder),
    );
    expect(folders).toContain(`./generated:${dirname(ofRepository.env.ADMIN_CATALOG ?? '')}:ro`);
    expect(mounted?.map((volume) => volume.split(':')[0]).sort()).toEqual(Object.keys(compose.volumes).sort());
  });

  it('needs both passwords; docs/admin.md has the command that writes them', () => {
    for (const name of ['REDIS_PASSWORD', 'POSTGRES_PASSWORD']) {
      const others = { REDIS_PASSWORD: 'r', POSTGRES_PASSWORD: 'p', [name]: '' };
      expect(() => readCompose(others)).toThrow(`${name} is missing a value`);
      expect(readFileSync('docs/admin.md', 'utf8')).toContain(`${name}=%s`);
    }
  });
});
