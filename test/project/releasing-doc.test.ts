import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { packageFolders } from '../support/packed/registry.js';

interface Manifest {
  readonly name: string;
  readonly dependencies?: Readonly<Record<string, string>>;
}

/** The folders of the packages in the order in which they are published. */
const [, list = ''] = /`npm publish --workspace <package>` for ([^:]*?), in this order/s.exec(
  readFileSync('docs/releasing.md', 'utf8'),
) ?? [''];
const folders = [...list.matchAll(/`([^`]+)`/g)].map(([, folder = '']) => folder);

const manifestOf = (folder: string) => JSON.parse(readFileSync(`${folder}/package.json`, 'utf8')) as Manifest;

test('docs/releasing.md publishes each package after the packages that it depends on', () => {
  // The SDK is generated from the catalog of this repository, which is not published.
  expect([...folders].sort()).toEqual(packageFolders.filter((folder) => folder !== 'generated').sort());
  const names = folders.map((folder) => manifestOf(folder).name);
  const own = new Set(
    readdirSync('.', { withFileTypes: true })
      .filter((entry) => entry.isDirectory() && readdirSync(entry.name).includes('package.json'))
      .map(({ name }) => manifestOf(name).name),
  );
  for (const [index, folder] of folders.entries()) {
    const needed = Object.keys(manifestOf(folder).dependencies ?? {}).filter((name) => own.has(name));
    expect(names.slice(0, index), folder).toEqual(expect.arrayContaining(needed));
  }
});
