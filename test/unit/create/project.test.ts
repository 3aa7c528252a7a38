import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { checkProject, ProjectError, templateOf, usualName, usualTemplate } from '../../../create/project.js';
import { templateNames } from '../../../create/templates.js';
import { temporaryFolder } from '../../support/catalogs/generator.js';

let folder: Awaited<ReturnType<typeof temporaryFolder>>;

beforeEach(async () => {
  folder = await temporaryFolder();
});

afterEach(() => folder.remove());

describe('usualName', () => {
  it.each([
    ['shop', 'shop'],
    ['/work/My Shop (new)', 'my-shop-new'],
    ['../.hidden', 'hidden'],
    ['Übung', 'bung'],
    ['/', 'events'],
  ])('of %j is %j', (path, name) => {
    expect(usualName(path)).toBe(name);
  });
});

describe('usualTemplate', () => {
  it('is a service in an empty folder and in one that does not exist', () => {
    expect(usualTemplate(folder.path)).toBe('service');
    expect(usualTemplate(join(folder.path, 'new'))).toBe('service');
  });

  it.each(['package.json', 'asyncapi.yml', 'api/asyncapi.json'])('is a catalog in a folder with %s', (path) => {
    mkdirSync(join(folder.path, 'api'));
    writeFileSync(join(folder.path, path), '{}');
    expect(usualTemplate(folder.path)).toBe('catalog');
  });
});

describe('checkProject', () => {
  it.each(['Shop', 'my shop', '', '@acme', '@acme/', '.shop', 'x'.repeat(215)])('refuses the name %j', (name) => {
    expect(() => checkProject({ folder: folder.path, template: 'service', name })).toThrow(ProjectError);
  });

  it.each(['shop', '@acme/events', 'a.b-c_d~e'])('accepts the name %j', (name) => {
    checkProject({ folder: folder.path, template: 'service', name });
  });

  it.each(['package.json', 'asyncapi.yaml'])(
    'refuses a whole project where there is %s, and accepts a catalog',
    (path) => {
      writeFileSync(join(folder.path, path), '{}');
      const project = { folder: folder.path, name: 'shop' };
      expect(() => checkProject({ ...project, template: 'service' })).toThrow(`already has ${path}`);
      checkProject({ ...project, template: 'catalog' });
    },
  );
});

it.each(templateNames)(
  'checkProject: refuses the template %s where there is a file with the name of the folder',
  (template) => {
    const file = join(folder.path, 'shop');
    writeFileSync(file, '');
    expect(() => checkProject({ folder: file, template, name: 'shop' })).toThrow('is not a folder');
  },
);

it('templateOf: an unknown name lists the templates', () => {
  expect(() => templateOf('lambda')).toThrow(
    expect.objectContaining({ hint: expect.stringContaining('service, nestjs, sdk, catalog') }),
  );
});
