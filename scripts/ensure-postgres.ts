import { findInstaller, install, type SystemPackage } from './install.js';
import { findPostgres } from './postgres-server.js';

const postgresPackage: SystemPackage = {
  apt: 'postgresql',
  apk: 'postgresql16',
  dnf: 'postgresql-server',
  brew: 'postgresql@16',
};

/**
 * Ensures that PostgreSQL is installed, for the tests of the admin service.
 * @throws Error when it cannot be installed
 */
export function ensurePostgres(): void {
  if (findPostgres() !== undefined) return;
  const tool = findInstaller();
  if (tool === undefined) throw new Error('PostgreSQL is missing: install it; the tests of the admin service need it');
  console.error(`PostgreSQL is missing: installing it with ${tool} …`);
  install(tool, postgresPackage);
  if (findPostgres() === undefined) throw new Error('PostgreSQL was installed, but its programs were not found');
}
