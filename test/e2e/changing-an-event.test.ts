import { cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { AnyEventDefinition } from '@hyvve-events/runtime';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { definitionsByType } from '../../runtime/event/older-versions.js';
import { readEntry } from '../../runtime/event/read-envelope.js';
import { linkRuntime } from '../support/catalogs/documents.js';
import { runCli, temporaryFolder } from '../support/catalogs/generator.js';
import { createShop } from '../support/catalogs/shop.js';
import { hasLines, type Step, stepsOf } from '../support/packed/guide.js';

/** The page is executed section by section: its edits, its commands and their output, and how builds read each other's events. */
const page = 'docs/changing-an-event.md';

let root: Awaited<ReturnType<typeof temporaryFolder>>;
beforeAll(async () => {
  root = await temporaryFolder();
});
afterAll(() => root.remove());

interface Section {
  readonly name: string;
  readonly steps: readonly Step[];
}

async function sections(): Promise<readonly Section[]> {
  const text = await readFile(page, 'utf8');
  return text.split(/^## /m).map((part) => ({ name: part.split('\n', 1)[0] ?? '', steps: stepsOf(part) }));
}

/** Performs the steps of a section in a folder. */
async function perform({ name, steps }: Section, folder: string): Promise<void> {
  let output = '';
  for (const step of steps) {
    const at = `${page}, ${name}, line ${step.line}`;
    if (step.kind === 'run') {
      output = '';
      for (const command of step.commands.trim().split('\n')) {
        const args = /^npx hyvve-events (.+)$/.exec(command)?.[1]?.split(' ');
        if (args === undefined) throw new Error(`${at}: unknown command ${command}`);
        const { code, stdout, stderr } = await runCli(args, folder);
        output += stdout + stderr;
        expect(code === 0, `${at}: ${command} ended with ${code}\n${stdout}${stderr}`).toBe(!step.fails);
      }
    } else if (step.kind === 'output') {
      const expected = step.lines.filter((line) => line !== '');
      expect(hasLines(output, expected), `${at}: expected\n${expected.join('\n')}\nprinted\n${output}`).toBe(true);
    } else if (step.kind === 'file') {
      await mkdir(dirname(join(folder, step.path)), { recursive: true });
      await writeFile(join(folder, step.path), step.text);
    } else if (step.kind === 'shows') {
      expect(await readFile(join(folder, step.path), 'utf8'), at).toContain(step.text.trim());
    } else if (step.kind === 'replace') {
      const before = await readFile(join(folder, step.path), 'utf8');
      expect(before.split(step.from).length, `${at}: it is in ${step.path} once`).toBe(2);
      await writeFile(join(folder, step.path), before.replace(step.from, step.to));
    } else if (step.kind === 'check') {
      await check(step.what, folder, at);
    } else throw new Error(`${at}: unexpected ${step.kind}`);
  }
}

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
  const [intro, ...kinds] = await sections();
  const changes = kinds.filter(({ steps }) => steps.length > 0);
  let base = '';

  beforeAll(async () => {
    const shop = await createShop();
    base = join(root.path, 'base');
    if (intro !== undefined) await perform(intro, shop.path);
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
    await perform(section, folder);
    expect((await runCli(['diff'], folder)).code).toBe(0);
    expect((await runCli(['generate', '--check'], folder)).code).toBe(0);
  });
});
