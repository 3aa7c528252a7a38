import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ChangesFile, EventModel, ModelsFile, UsagesFile } from '@hyvve-events/catalog-model';
import { afterAll, beforeAll } from 'vitest';
import { writeSite } from '../../../admin/docs/write-site.js';
import { serveFolder } from './browser.js';

/** A static site on a plain file server, below a path. */
export interface Site {
  /** Ends in `/`. */
  readonly url: string;
  readonly folder: string;
  /** The address of a page: `page('/events')`. */
  page(path: string): string;
}

/** Files beside the catalog. */
export interface SiteFiles {
  readonly changes?: ChangesFile;
  readonly usages?: UsagesFile;
  readonly models?: readonly ModelsFile[];
}

/** Writes and serves the docs of this repository, or of a catalog, for the tests of a file. */
export function useSite(catalog?: EventModel, { changes, usages, models = [] }: SiteFiles = {}): () => Site {
  let site: Site | undefined;
  let close: () => Promise<void> = async () => undefined;
  beforeAll(async () => {
    const root = await mkdtemp(join(tmpdir(), 'hyvve-site-'));
    const out = join(root, 'site');
    let catalogFile = 'generated/catalog.json';
    if (catalog !== undefined) {
      catalogFile = join(root, 'catalog.json');
      await writeFile(catalogFile, JSON.stringify(catalog));
      if (changes !== undefined) await writeFile(join(root, 'changes.json'), JSON.stringify(changes));
    }
    const asyncApiFile = catalog === undefined ? 'catalog/asyncapi.yaml' : join(root, 'none.yaml');
    const usagesFile = join(root, 'usages.json');
    if (usages !== undefined) await writeFile(usagesFile, JSON.stringify(usages));
    const modelsFiles = models.map(({ language }) => join(root, `${language}.json`));
    for (const [index, file] of modelsFiles.entries()) await writeFile(file, JSON.stringify(models[index]));
    const code = usages === undefined ? { modelsFiles } : { modelsFiles, usagesFile };
    await writeSite({ out, catalogFile, asyncApiFile, ...code });
    const server = await serveFolder(out, '/team/docs/');
    close = async () => {
      await server.close();
      await rm(root, { recursive: true, force: true });
    };
    site = { url: server.url, folder: out, page: (path) => `${server.url}index.html#${path}` };
  });
  afterAll(() => close());
  return () => {
    if (site === undefined) throw new Error('the site is not written yet');
    return site;
  };
}
