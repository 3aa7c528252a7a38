import { spawnSync } from 'node:child_process';
import { findInstaller, install, type SystemPackage } from './install.js';

/** For the Python publisher, beside redis-py. */
const jsonSchema: SystemPackage = {
  apt: 'python3-jsonschema',
  apk: 'py3-jsonschema',
  dnf: 'python3-jsonschema',
  brew: 'python',
};
const go: SystemPackage = { apt: 'golang-go', apk: 'go', dnf: 'golang', brew: 'go' };

/** A Python that can import pydantic 2, for the tests of the models; undefined if there is none. Debian's pydantic is older. */
export function pythonWithPydantic(): string | undefined {
  const program = 'import pydantic, sys; sys.exit(not pydantic.VERSION.startswith("2."))';
  return ['python3', '/usr/bin/python3'].find((python) => spawnSync(python, ['-c', program]).status === 0);
}

/** A Python for the tests of the publisher, with the packages of the system as the last ones; undefined if there is none. */
export function pythonWithPublisher(): string | undefined {
  const found = pythonWithPydantic();
  const program = 'import sys; sys.path.append("/usr/lib/python3/dist-packages"); import jsonschema, redis';
  return found !== undefined && spawnSync(found, ['-c', program]).status === 0 ? found : undefined;
}

/**
 * Ensures that the languages of the models are there: Go. Without pydantic 2, it prints that the Python models are not tested.
 * @throws Error when Go cannot be installed
 */
export function ensureModels(): void {
  const tool = findInstaller();
  if (!runs('go', 'version') && tool !== undefined) {
    console.error(`Go is missing: installing it with ${tool} …`);
    install(tool, go);
  }
  if (!runs('go', 'version')) throw new Error('go is missing: apt-get install golang-go');
  if (pythonWithPydantic() === undefined) {
    console.error(
      'NOT RUN: the Python models will not be tested, because no python3 has pydantic 2 (pip install pydantic)',
    );
    return;
  }
  if (pythonWithPublisher() === undefined && tool !== undefined) {
    console.error(`jsonschema is missing: installing it with ${tool} …`);
    install(tool, jsonSchema);
  }
  if (pythonWithPublisher() === undefined) {
    console.error(
      'NOT RUN: the Python publisher will not be tested, because python3 has no jsonschema (pip install jsonschema redis)',
    );
  }
}

function runs(program: string, argument: string): boolean {
  return spawnSync(program, [argument]).status === 0;
}
