import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import type { AnyEventDefinition } from '@hyvve-events/runtime';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { definitionsByType } from '../../runtime/event/older-versions.js';
import { readEntry } from '../../runtime/event/read-envelope.js';
import { linkRuntime } from '../support/catalogs/documents.js';
import { runCli, temporaryFolder } from '../support/catalogs/generator.js';
import { type Page, perform, sectionsOf } from '../support/catalogs/page.js';
import { createShop } from '../support/catalogs/shop.js';

/** The page is executed section by section: its edits, its commands and their output, and how builds read each other's events. */
const page: Page = { path: 'docs/changing-an-event.md', check };

let root: Awaited<ReturnType<typeof temporaryFolder>>;
beforeAll(async () => {
  root = await temporaryFolder();
});
afterAll(() => root.remove());

type Definitions = ReadonlyMap<string, AnyEventDefinition>;

/** The definitions of an SDK. */
async function definitionsOf(sdk: string): Promise<Definitions> {
  const { events } = (await import(join(sdk, 'index.ts'))) as { readonly events: readonly AnyEventDefinition[] };
  return definitionsByType(events);
}

function read(definitions: Definitions, type: string, version: string, data: unknown) {
  const envelope = { id: 'e', type, source: 's', timestamp: 't', correlationId: 'c', tenantId: 'acme', version, data };
  return readEntry(JSON.stringify(envelope), definitions, 1_000_000);
}

/** Checks what the page says about builds that read each other's events. */
async function check(what: string, folder: string, at: string): Promise<void> {
  const [now, former] = await Promise.all([
    definitionsOf(join(folder, 'generated')),
    definitionsOf(join(folder, 'former')),
  ]);
  const converted = /^(\S+) (\S+) (\{.*\}) is read as (\{.*\})$/.exec(what);
  const byFormer = /^the former build (reads|lets) (\S+) (\{.*\})( wait)?$/.exec(what);
  const unknown = /^(\S+) is unknown$/.exec(what);
  if (converted !== null) {
    const [, type = '', version = '', data = '', expected = ''] = converted;
    const result = read(now, type, version, JSON.parse(data));
    expect(result, at).toMatchObject({ kind: 'event', event: { data: JSON.parse(expected) } });
  } else if (byFormer !== null) {
    const [, , type = '', data = '', waits] = byFormer;
    const present = now.get(type)?.version ?? '';
    expect(now.get(type)?.validate(JSON.parse(data)), `${at}: the data is valid`).toBe(true);
    const result = read(former, type, present, JSON.parse(data));
    expect(result.kind, at).toBe(waits === undefined ? 'event' : 'ahead');
  } else if (unknown !== null) {
    expect(read(now, unknown[1] ?? '', '1.0.0', {}).kind, at).toBe('unknown');
  } else throw new Error(`${at}: what is checked? ${what}`);
}

describe('docs/changing-an-event.md', async () => {
  const [intro, ...kinds] = await sectionsOf(page.path);
  const changes = kinds.filter(({ steps }) => steps.length > 0);
  let base = '';

  beforeAll(async () => {
    const shop = await createShop();
    base = join(root.path, 'base');
    if (intro !== undefined) await perform(page, intro, shop.path);
    await cp(shop.path, base, { recursive: true });
    await cp(join(base, 'generated'), join(base, 'former'), { recursive: true });
    await shop.remove();
  });

  it('has ten kinds of change', () => {
    expect(changes.map(({ name }) => name)).toHaveLength(10);
    for (const { steps, name } of changes)
      expect(
        steps.some(({ kind }) => kind === 'check'),
        name,
      ).toBe(true);
  });

  it.each(changes)('$name', async (section) => {
    const folder = join(root.path, section.name.replaceAll(' ', '-'));
    await cp(base, folder, { recursive: true });
    await linkRuntime(folder);
    await perform(page, section, folder);
    expect((await runCli(['diff'], folder)).code).toBe(0);
    expect((await runCli(['generate', '--check'], folder)).code).toBe(0);
  });
});
