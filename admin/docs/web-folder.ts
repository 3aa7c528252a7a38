import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

/** The folder of the built web app, found from package.json; undefined if it is not built. */
export function findWebFolder(): string | undefined {
  const packageFile = createRequire(import.meta.url).resolve('@hyvve-events/admin/package.json');
  const folder = join(dirname(packageFile), 'web', 'dist');
  return existsSync(join(folder, 'index.html')) ? folder : undefined;
}
