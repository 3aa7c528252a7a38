import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { generate } from '../../../../generator/pipeline.js';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'output-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

function catalog(domain: string, event: string): string {
  const path = join(folder, `${domain}.json`);
  const message = {
    name: `${domain}.thing.${event}`,
    payload: { type: 'object', properties: { n: { type: 'integer' } } },
  };
  writeFileSync(
    path,
    JSON.stringify({
      asyncapi: '3.0.0',
      info: { title: domain, version: '1.0.0' },
      channels: { [domain]: { address: domain, messages: { [event]: message } } },
    }),
  );
  return path;
}

describe('an output folder', () => {
  it('inside the output folder of another catalog: neither changes the files of the other', async () => {
    const inner = join(folder, 'gen', 'mill');
    await generate({ catalog: catalog('mill', 'Ground'), out: inner });
    await generate({ catalog: catalog('bakery', 'Baked'), out: join(folder, 'gen') });
    expect(existsSync(join(inner, 'mill.ts'))).toBe(true);
    await generate({ catalog: catalog('mill', 'Sieved'), out: inner });
    expect(existsSync(join(folder, 'gen', 'bakery.ts'))).toBe(true);
    const { report } = await generate({ catalog: catalog('bakery', 'Baked'), out: join(folder, 'gen'), check: true });
    expect(report).toMatchObject({ created: [], changed: [], removed: [] });
  });

  it('files of earlier runs are removed, files that a person wrote are not', async () => {
    const out = join(folder, 'gen');
    await generate({ catalog: catalog('mill', 'Ground'), out });
    writeFileSync(join(out, 'notes.ts'), '// mine\n');
    await generate({ catalog: catalog('bakery', 'Baked'), out });
    expect(existsSync(join(out, 'mill.ts'))).toBe(false);
    expect(readFileSync(join(out, 'notes.ts'), 'utf8')).toBe('// mine\n');
  });

  it.each(['index.ts', 'catalog.json', 'package.json'])(
    'with a %s that a person wrote: refused, and no file is written',
    async (file) => {
      const out = join(folder, 'src');
      mkdirSync(out);
      const text = file.endsWith('.json') ? '{ "name": "mine" }\n' : 'export const mine = 1;\n';
      writeFileSync(join(out, file), text);
      const options = { catalog: catalog('mill', 'Ground'), out, package: { name: '@acme/events', version: '1.0.0' } };
      await expect(generate(options)).rejects.toThrow(/FILE_UNWRITABLE: this file was not generated/);
      expect(readFileSync(join(out, file), 'utf8')).toBe(text);
      expect(existsSync(join(out, 'mill.ts'))).toBe(false);
    },
  );
});
