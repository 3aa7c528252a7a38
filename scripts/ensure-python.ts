import { spawnSync } from 'node:child_process';
import { findInstaller, install, type SystemPackage } from './install.js';

const redisPackage: SystemPackage = { apt: 'python3-redis', apk: 'py3-redis', dnf: 'python3-redis', brew: 'python' };

/** The system's Python is second: a version manager may put another one first, which does not find the system's packages. */
const programs = ['python3', '/usr/bin/python3'];

/** A Python that can import redis-py, for the test of docs/wire-format.md. @throws Error when there is none */
export function pythonWithRedis(): string {
  const found = findPython();
  if (found === undefined) throw new Error('redis-py is missing: pip install redis, or apt-get install python3-redis');
  return found;
}

/**
 * Ensures that there is a Python with redis-py.
 * @throws Error when it cannot be installed
 */
export function ensurePython(): void {
  const tool = findInstaller();
  if (findPython() === undefined && tool !== undefined) {
    console.error(`redis-py is missing: installing it with ${tool} …`);
    install(tool, redisPackage);
  }
  pythonWithRedis();
}

function findPython(): string | undefined {
  return programs.find((program) => spawnSync(program, ['-c', 'import redis']).status === 0);
}
