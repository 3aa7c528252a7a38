import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import type { EventModel } from '@hyvve-events/catalog-model';
import { indexCatalog } from '../web/shared/catalog-index.js';
import type { DocsFile } from '../web/shared/docs-file.js';
import { llmsText, markdownPages } from '../web/shared/markdown.js';
import { standaloneSchemas } from '../web/shared/standalone-schema.js';
import type { CodeFiles } from './code-files.js';

/** Input of {@link docsFiles}. */
export interface DocsInput {
  /** Text of `catalog.json`. */
  readonly catalog: string;
  /** Path of `catalog.json`. `changes.json` and `package.json` are read from the same folder. */
  readonly catalogFile: string;
  readonly asyncApi?: { readonly json: string; readonly yaml: string } | undefined;
  readonly code: CodeFiles;
  readonly mode: DocsFile['mode'];
  /** Package of the generated code. Default: from the package.json in the catalog's folder, else the path of that folder, `./events`. */
  readonly sdk?: string | undefined;
}

/** Texts by path, for the pages and for tools: `docs.json`, `llms.txt`, Markdown of each page, JSON Schemas. */
export type DocsFiles = ReadonlyMap<string, string>;

/** Creates the files of the docs, without `index.html`, the catalog and the AsyncAPI document. */
export async function docsFiles({ catalog, catalogFile, asyncApi, code, mode, sdk }: DocsInput): Promise<DocsFiles> {
  const index = indexCatalog(JSON.parse(catalog) as EventModel);
  const name = sdk ?? (await packageInFolderOf(catalogFile)) ?? `./${basename(dirname(resolve(catalogFile)))}`;
  const changesFile = join(dirname(catalogFile), 'changes.json');
  const changes = existsSync(changesFile) ? await readFile(changesFile, 'utf8') : undefined;
  const { usages, models } = code;
  const site: DocsFile = {
    mode,
    sdk: name,
    asyncApi: asyncApi !== undefined,
    changes: changes !== undefined,
    usages: usages !== undefined,
    models: [...models.keys()],
  };
  return new Map([
    ['docs.json', toJson(site)],
    ['llms.txt', llmsText(index)],
    ['schemas.json', toJson(standaloneSchemas(index))],
    ...(changes === undefined ? [] : [['changes.json', changes] as const]),
    ...(usages === undefined ? [] : [['usages.json', usages] as const]),
    ...[...models].map(([language, text]) => [`models/${language}.json`, text] as const),
    ...markdownPages(index, name).map(({ path, text }) => [`md/${path}`, text] as const),
  ]);
}

async function packageInFolderOf(catalogFile: string): Promise<string | undefined> {
  const file = join(dirname(catalogFile), 'package.json');
  if (!existsSync(file)) return undefined;
  const { name } = JSON.parse(await readFile(file, 'utf8')) as { readonly name?: unknown };
  return typeof name === 'string' ? name : undefined;
}

function toJson(value: unknown): string {
  return `${JSON.stringify(value, undefined, 2)}\n`;
}
