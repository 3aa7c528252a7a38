import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { bundleOf, publisherSource } from '../../scripts/weight/bundles.js';
import { installedWith } from '../../scripts/weight/installed.js';
import { installScripts, packageLimits, publisherBytes } from '../../scripts/weight/limits.js';

const page = readFileSync('docs/footprint.md', 'utf8');

it('⚑ a bundle of a service that only publishes: within its limit, without BullMQ, with one domain of the SDK', async () => {
  const { bytes, packages, files } = await bundleOf(publisherSource);
  expect(bytes).toBeLessThan(publisherBytes);
  // The reader of the bundle must find what it looks for.
  expect(packages).toContain('ioredis');
  expect(packages).not.toContain('bullmq');
  const domains = files.flatMap((file) => /^generated\/(?:validators\/)?(\w+)\.\w+$/.exec(file)?.[1] ?? []);
  expect([...new Set(domains)]).toEqual(['approval']);
  const whole = await bundleOf(`${publisherSource}; import 'bullmq';`);
  expect(whole.packages).toContain('bullmq');
  expect(whole.bytes).toBeGreaterThan(2 * publisherBytes);
}, 60_000);

it.each(Object.entries(packageLimits))(
  '%s: installs at most %i packages, all without an install script but those listed',
  (folder, limit) => {
    expect(installedWith(folder).folders.length).toBeLessThanOrEqual(limit);
    const scripts = installedWith(folder, true).withScript.map((path) => path.replace(/^.*node_modules\//, ''));
    expect(Object.keys(installScripts)).toEqual(expect.arrayContaining(scripts));
    expect(page).toContain(`\`${folder}\` ${limit}`);
  },
);

it('every package of this repository has a limit', () => {
  const { workspaces } = JSON.parse(readFileSync('package.json', 'utf8')) as { workspaces: readonly string[] };
  const published = workspaces.filter((folder) => !folder.startsWith('examples/'));
  expect(Object.keys(packageLimits).sort()).toEqual(published.sort());
});

it('each install script is listed with what it does, and is part of a package that users install', () => {
  const scripts = Object.keys(packageLimits).flatMap((folder) => installedWith(folder, true).withScript);
  for (const [name, what] of Object.entries(installScripts)) {
    expect(page).toContain(`| \`${name}\` | ${what} |`);
    expect(scripts).toContain(`node_modules/${name}`);
  }
});

it('the telemetry of a dependency of the generator and the models: no other package installs it, and this repository turns it off', () => {
  const withTelemetry = Object.keys(packageLimits).filter((folder) =>
    installedWith(folder, true).folders.includes('node_modules/@scarf/scarf'),
  );
  expect(withTelemetry).toEqual(['generator', 'models']);
  expect(JSON.parse(readFileSync('package.json', 'utf8'))).toMatchObject({ scarfSettings: { enabled: false } });
});
