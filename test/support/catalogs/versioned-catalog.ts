import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { readHistory, recordRelease } from '../../../generator/diff/history.js';
import { comparableOf } from '../../../generator/diff/model-file.js';
import { readLocalCatalog } from '../../../generator/pipeline.js';

/** One event of a catalog under test, in YAML. */
export interface EventText {
  /** `shop.order.placed`. Its key is made from the last two words: `OrderPlaced`. */
  readonly type: string;
  readonly version?: string;
  /** The payload, in flow style. */
  readonly payload: string;
  /** More lines of the message. */
  readonly more?: string;
}

/** The text of a catalog. @param schemas Schemas by name, in flow style. */
export function catalogText(events: readonly EventText[], schemas: Readonly<Record<string, string>> = {}): string {
  const messages = events.map(({ type, version = '1.0.0', payload, more }) => {
    const words = type.split('.').slice(-2);
    const key = words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join('');
    return [
      `      ${key}:`,
      `        name: ${type}`,
      `        x-event-version: ${version}`,
      ...(more === undefined ? [] : more.split('\n').map((line) => `        ${line}`)),
      `        payload: ${payload}`,
    ].join('\n');
  });
  const named = Object.entries(schemas).map(([name, schema]) => `    ${name}: ${schema}`);
  return [
    'asyncapi: 3.0.0',
    'info: { title: Shop, version: 1.0.0 }',
    'channels:',
    '  shop:',
    '    address: shop',
    '    messages:',
    ...messages,
    ...(named.length === 0 ? [] : ['components:', '  schemas:', ...named]),
    '',
  ].join('\n');
}

/** A catalog in a temporary folder, of which versions are released. */
export class VersionedCatalog {
  readonly folder = mkdtempSync(join(tmpdir(), 'hyvve-versions-'));
  readonly path = join(this.folder, 'catalog/asyncapi.yaml');
  readonly out = join(this.folder, 'generated');
  readonly history = join(this.folder, 'catalog/history');

  /** Replaces the document. */
  write(text: string): this {
    return this.writeFile('asyncapi.yaml', text);
  }

  /** Writes a file of the catalog's folder. */
  writeFile(name: string, text: string): this {
    const path = join(dirname(this.path), name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
    return this;
  }

  /** Replaces the document and records it as a release. */
  release(text: string): this {
    this.write(text);
    recordRelease(this.history, comparableOf(this.read().model), new Date('2026-11-28'));
    return this;
  }

  read() {
    return readLocalCatalog({ catalog: this.path });
  }

  releases() {
    return readHistory(this.history);
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}
