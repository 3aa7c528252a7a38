import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readdir, readFile, rename, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { openDatabase } from '../../../admin/database/database.js';

const cache = resolve('node_modules/.cache/hyvve-tests');

/**
 * A new folder with an embedded index that is empty and has all migrations. It is a copy of one that is made once for each
 * version of the database and of the migrations: creating an embedded database takes 5 s of processor time, opening one 0.5 s.
 */
export async function embeddedIndex(): Promise<{ readonly folder: string; remove(): Promise<void> }> {
  const template = join(cache, `index-${await versionOfTemplate()}`);
  if (!existsSync(template)) await makeTemplate(template);
  const folder = await mkdtemp(join(cache, 'index-of-test-'));
  await cp(template, folder, { recursive: true });
  const remove = () => rm(folder, { recursive: true, force: true });
  return { folder, remove };
}

async function versionOfTemplate(): Promise<string> {
  const hash = createHash('sha256').update(await readFile('node_modules/@electric-sql/pglite/package.json'));
  for (const file of (await readdir('admin/migrations')).filter((name) => name.endsWith('.sql')).sort()) {
    hash.update(await readFile(join('admin/migrations', file)));
  }
  return hash.digest('hex').slice(0, 16);
}

/** Makes it in another folder first: several test files may do so in parallel, and none reads an incomplete one. */
async function makeTemplate(template: string): Promise<void> {
  await mkdir(cache, { recursive: true });
  const folder = await mkdtemp(join(cache, 'index-template-'));
  const database = await openDatabase({ folder }, () => undefined);
  await database.close();
  await rename(folder, template).catch(() => rm(folder, { recursive: true, force: true }));
}
