import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { scaffold } from '../../../create/scaffold.js';
import { templateNames, templates } from '../../../create/templates.js';
import { readTree, temporaryFolder } from '../../support/catalogs/generator.js';

let folder: Awaited<ReturnType<typeof temporaryFolder>>;

beforeEach(async () => {
  folder = await temporaryFolder();
});

afterEach(() => folder.remove());

describe.each(templateNames)('the template %s', (template) => {
  it('is written with the name and the versions, and without placeholders', async () => {
    const { written, kept } = scaffold({ folder: folder.path, template, name: '@acme/shop' });
    const files = await readTree(folder.path);
    expect([...files.keys()].sort()).toEqual([...written].sort());
    expect(kept).toEqual([]);
    expect(files.has('_gitignore')).toBe(false);
    for (const [path, text] of files) expect(text, path).not.toMatch(/__[A-Z]+__/);
    expect(files.get('catalog/domains/order.yaml')).toContain('name: order.order.placed');
  });

  it('turns off the report of installations, if it makes a project', async () => {
    scaffold({ folder: folder.path, template, name: 'shop' });
    const manifest = (await readTree(folder.path)).get('package.json');
    if (templates[template].isProject)
      expect(JSON.parse(manifest ?? '')).toMatchObject({ scarfSettings: { enabled: false } });
    else expect(manifest).toBeUndefined();
  });

  it('changes no file when it is written again', async () => {
    const project = { folder: folder.path, template: 'catalog', name: 'shop' } as const;
    scaffold({ ...project, template });
    const first = await readTree(folder.path);
    const { written, kept } = scaffold(project);
    expect(written).toEqual([]);
    expect(kept).toEqual(expect.arrayContaining(['catalog/asyncapi.yaml', '.vscode/settings.json']));
    expect(await readTree(folder.path)).toEqual(first);
  });
});

it('keeps a file that exists, and names it', () => {
  writeFileSync(join(folder.path, 'README.md'), 'Ours.\n');
  const { kept } = scaffold({ folder: folder.path, template: 'service', name: 'shop' });
  expect(kept).toEqual(['README.md']);
  expect(readFileSync(join(folder.path, 'README.md'), 'utf8')).toBe('Ours.\n');
});

it('uses the AsyncAPI document that exists, and writes no catalog of its own', async () => {
  mkdirSync(join(folder.path, 'api'));
  writeFileSync(join(folder.path, 'api/asyncapi.yml'), 'asyncapi: 3.0.0\n');
  const { catalog, kept } = scaffold({ folder: folder.path, template: 'catalog', name: 'shop' });
  expect({ catalog, kept }).toEqual({ catalog: 'api/asyncapi.yml', kept: ['api/asyncapi.yml'] });
  const files = await readTree(folder.path);
  expect([...files.keys()].filter((path) => path.startsWith('catalog/'))).toEqual([]);
  expect(JSON.parse(files.get('hyvve-events.config.json') ?? '')).toMatchObject({ catalog: 'api/asyncapi.yml' });
});

it('writes the config in TypeScript', async () => {
  scaffold({ folder: folder.path, template: 'service', name: 'shop', typescriptConfig: true });
  const config = (await readTree(folder.path)).get('hyvve-events.config.ts');
  expect(config).toBe(`export default {
  catalog: 'catalog/asyncapi.yaml',
  out: 'src/events',
} satisfies import('@hyvve-events/generator').ConfigFile;
`);
});
