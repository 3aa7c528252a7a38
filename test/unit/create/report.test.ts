import { describe, expect, it } from 'vitest';
import { linesOf } from '../../../create/report.js';

const scaffolded = { catalog: 'catalog/asyncapi.yaml', written: ['package.json'], kept: ['README.md'] };

describe('linesOf', () => {
  it('lists the files below the folder, and the next commands, for a shell', () => {
    const lines = linesOf({ folder: 'my shop', template: 'service', name: 'shop' }, scaffolded);
    expect(lines).toEqual(
      expect.arrayContaining([
        '  + my shop/package.json',
        '  = my shop/README.md (already exists, not changed)',
        '  cd "my shop"',
        '  npm install',
      ]),
    );
  });

  it('in an existing project, names the packages to install before npx runs a command of theirs', () => {
    const lines = linesOf({ folder: '.', template: 'catalog', name: 'shop' }, scaffolded);
    const install = lines.indexOf('  npm install --save-dev @hyvve-events/generator');
    expect(install).toBeGreaterThan(0);
    expect(lines.indexOf('  npx hyvve-events generate')).toBeGreaterThan(install);
  });

  it('says that there was nothing to write', () => {
    const lines = linesOf({ folder: '.', template: 'catalog', name: 'shop' }, { ...scaffolded, written: [] });
    expect(lines.at(-1)).toBe('nothing to write: all files already exist');
  });
});
