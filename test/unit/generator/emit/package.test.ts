import { describe, expect, it } from 'vitest';
import { emitManifest } from '../../../../generator/emit/package.js';
import generator from '../../../../generator/package.json' with { type: 'json' };
import { contentsOf } from '../../../../generator/print/modules.js';
import { catalogOf, eventOf, schemaOf } from '../../../support/catalogs/catalogs.js';

const placed = eventOf({ type: 'order.order.placed', key: 'OrderPlaced' });
const model = catalogOf([placed], [{ ...schemaOf('OrderPlacedPayload', {}), domain: 'order' }]);

function manifestOf(fields: object = {}) {
  const config = { name: '@acme/events', version: '2.1.0', ...fields };
  const { text } = emitManifest(model, config, contentsOf(model), ['samples/index', 'samples/order']);
  return JSON.parse(text) as Readonly<Record<string, unknown>> & { readonly exports: object };
}

describe('package.json', () => {
  it('without other settings: no licence, no repository, not private, and no condition but types and default', () => {
    const manifest = manifestOf();
    expect(manifest).toMatchObject({
      name: '@acme/events',
      version: '2.1.0',
      description: 'Shop: typed events',
      license: 'UNLICENSED',
      sideEffects: false,
      engines: { node: '>=20.19' },
    });
    for (const key of ['private', 'repository', 'publishConfig']) expect(manifest).not.toHaveProperty(key);
    expect(manifest.exports).toEqual({
      '.': { types: './dist/index.d.ts', default: './dist/index.js' },
      './order': { types: './dist/order.d.ts', default: './dist/order.js' },
      './samples': { types: './dist/samples/index.d.ts', default: './dist/samples/index.js' },
      './samples/order': { types: './dist/samples/order.d.ts', default: './dist/samples/order.js' },
      './catalog.json': './catalog.json',
      './package.json': './package.json',
    });
  });

  it('contains the settings of the config', () => {
    const publishConfig = { registry: 'https://npm.example.com' };
    const repository = { url: 'git+https://example.com/acme/events.git', directory: 'events' };
    expect(
      manifestOf({ license: 'MIT', description: 'Events', private: true, repository, publishConfig }),
    ).toMatchObject({
      license: 'MIT',
      description: 'Events',
      private: true,
      repository: { type: 'git', ...repository },
      publishConfig,
    });
    expect(manifestOf({ repository: 'github:acme/events' })).toHaveProperty('repository', 'github:acme/events');
  });

  it('with a source condition, each module exports its TypeScript first', () => {
    const { exports } = manifestOf({ sourceCondition: '@acme/source' });
    expect(Object.entries((exports as Record<string, object>)['./order'] ?? {})[0]).toEqual([
      '@acme/source',
      './order.ts',
    ]);
  });

  it('depends on the runtime of the generator’s own version', () => {
    expect(manifestOf().dependencies).toEqual({ '@hyvve-events/runtime': `^${generator.version}` });
  });
});
