import { existsSync } from 'node:fs';
import { cp, mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join, sep } from 'node:path';
import { bundleAsyncApi } from '../catalog/async-api.js';
import { readCatalogFile } from '../catalog/catalog.js';
import { readCodeFiles } from './code-files.js';
import { docsFiles } from './docs-files.js';
import { findWebFolder } from './web-folder.js';

/** Options of {@link writeSite}. */
export interface SiteOptions {
  /** Output folder. An earlier site in it is replaced; otherwise it must be empty or must not exist. */
  readonly out: string;
  /** `catalog.json` as `hyvve-events generate` writes it. */
  readonly catalogFile: string;
  /** Root document of the catalog. If it does not exist, the site has no AsyncAPI document. */
  readonly asyncApiFile: string;
  /** Package of the generated code. Default: from the package.json in the catalog's folder. */
  readonly sdk?: string;
  /** `usages.json`. Default: the pages do not link to code. */
  readonly usagesFile?: string;
  /** `models.json` of each language. Default: the pages show TypeScript only. */
  readonly modelsFiles?: readonly string[];
}

/**
 * Writes the event docs as a static site, which any file server can serve at any path.
 * @returns Number of files
 * @throws Error if the catalog cannot be read or the folder contains other files
 */
export async function writeSite({ out, catalogFile, asyncApiFile, sdk, ...paths }: SiteOptions): Promise<number> {
  const web = findWebFolder();
  if (web === undefined) throw new Error('the web app is not built: `npm run build:web` builds it');
  const { json } = await readCatalogFile(catalogFile);
  const asyncApi = existsSync(asyncApiFile) ? await bundleAsyncApi(asyncApiFile) : undefined;
  const code = await readCodeFiles(paths);
  const files = new Map(await docsFiles({ catalog: json, catalogFile, asyncApi, code, mode: 'static', sdk }));
  files.set('catalog.json', json);
  if (asyncApi !== undefined) files.set('asyncapi.json', asyncApi.json).set('asyncapi.yaml', asyncApi.yaml);
  await clear(out);
  const buildOnly = join(web, '.vite');
  await cp(web, out, { recursive: true, filter: (source) => !`${source}${sep}`.startsWith(`${buildOnly}${sep}`) });
  for (const folder of new Set([...files.keys()].map((path) => dirname(join(out, path))))) {
    await mkdir(folder, { recursive: true });
  }
  for (const [path, text] of files) await writeFile(join(out, path), text);
  return (await readdir(out, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile()).length;
}

/** Removes an older site. @throws Error if the folder contains other files */
async function clear(out: string): Promise<void> {
  const found = existsSync(out) ? await readdir(out) : [];
  if (found.length > 0 && !(found.includes('docs.json') && found.includes('index.html'))) {
    throw new Error(`${out} contains files that are not a site of event docs; choose an empty folder`);
  }
  await rm(out, { recursive: true, force: true });
}
