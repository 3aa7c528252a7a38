import { findInstaller, install, type SystemPackage } from './install.js';
import { findPostgres } from './postgres-server.js';

const postgresPackage: SystemPackage = {
  ...{ apt: 'postgresql', apk: 'postgresql16', dnf: 'postgresql-server', brew: 'postgresql@16' },
};

/**
 * Sees to it that PostgreSQL's programs are on this machine, for the tests of the admin service.
 * @throws Error when they cannot be installed
 */
export function ensurePostgres(): void {
  if (findPostgres() !== undefined) return;
  const tool = findInstaller();
  if (tool === undefined)
    throw new Error('PostgreSQL is missing: install it, the tests of the admin service start one');
  console.error(`PostgreSQL is missing: installing it with ${tool} …`);
  install(tool, postgresPackage);
  if (findPostgres() === undefined)
    throw new Error('PostgreSQL was installed, but its programs are not where they belong');
}
