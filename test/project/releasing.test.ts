import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { packageFolders } from '../support/packed/registry.js';

interface Manifest {
  readonly name: string;
  readonly dependencies?: Readonly<Record<string, string>>;
}

const readManifest = (folder: string): Manifest => JSON.parse(readFileSync(`${folder}/package.json`, 'utf8'));

test('docs/releasing.md lists every package that is published, each after its dependencies', () => {
  const [, sentence = ''] = /^\d+\. `npm publish --workspace <package>` for (.*?), in this order:/ms.exec(
    readFileSync('docs/releasing.md', 'utf8'),
  ) ?? [''];
  const listed = [...sentence.matchAll(/`([^`]+)`/g)].map(([, folder = '']) => folder);
  expect([...listed].sort()).toEqual(packageFolders.filter((folder) => folder !== 'generated').sort());
  const names = listed.map((folder) => readManifest(folder).name);
  const early = listed.flatMap((folder, index) => {
    const { name, dependencies = {} } = readManifest(folder);
    return names.slice(index + 1).flatMap((later) => (later in dependencies ? [`${name} needs ${later}`] : []));
  });
  expect(early).toEqual([]);
});
