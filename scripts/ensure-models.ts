import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { findInstaller, install, type SystemPackage } from './install.js';

const java: SystemPackage = {
  apt: 'default-jdk-headless',
  apk: 'openjdk17',
  dnf: 'java-17-openjdk-devel',
  brew: 'openjdk',
};
const jackson: SystemPackage = {
  apt: 'libjackson2-databind-java',
  apk: 'jackson-databind',
  dnf: 'jackson-databind',
  brew: 'jackson',
};
const go: SystemPackage = { apt: 'golang-go', apk: 'go', dnf: 'golang', brew: 'go' };

/** A Python that can import pydantic 2, for the tests of the models; undefined if there is none. Debian's pydantic is older. */
export function pythonWithPydantic(): string | undefined {
  const program = 'import pydantic, sys; sys.exit(not pydantic.VERSION.startswith("2."))';
  return ['python3', '/usr/bin/python3'].find((python) => spawnSync(python, ['-c', program]).status === 0);
}

/**
 * A Python for the tests of the publisher, with the packages of the system as the last ones; undefined if there is none. Debian's
 * jsonschema is older than 4.18.
 */
export function pythonWithPublisher(): string | undefined {
  const found = pythonWithPydantic();
  const program = [
    'import sys; sys.path.append("/usr/lib/python3/dist-packages")',
    'import redis; from importlib.metadata import version',
    'sys.exit(tuple(int(part) for part in version("jsonschema").split(".")[:2]) < (4, 18))',
  ].join('\n');
  return found !== undefined && spawnSync(found, ['-c', program]).status === 0 ? found : undefined;
}

/**
 * Ensures that the languages of the models are there: Go, and Java with Jackson. Without pydantic 2, it prints that the Python models are not tested.
 * @throws Error when one cannot be installed
 */
export function ensureModels(): void {
  const tool = findInstaller();
  if (!runs('go', 'version') && tool !== undefined) {
    console.error(`Go is missing: installing it with ${tool} …`);
    install(tool, go);
  }
  if (!runs('javac', '-version') && tool !== undefined) {
    console.error(`A JDK is missing: installing it with ${tool} …`);
    install(tool, java);
  }
  if (findJackson() === undefined && tool !== undefined) {
    console.error(`Jackson is missing: installing it with ${tool} …`);
    install(tool, jackson);
  }
  jacksonClassPath();
  if (!runs('javac', '-version')) throw new Error('javac is missing: apt-get install default-jdk-headless');
  if (!runs('go', 'version')) throw new Error('go is missing: apt-get install golang-go');
  if (pythonWithPydantic() === undefined) {
    console.error(
      'NOT RUN: the Python models will not be tested, because no python3 has pydantic 2 (pip install pydantic)',
    );
    return;
  }
  if (pythonWithPublisher() === undefined) {
    console.error(
      'NOT RUN: the Python publisher will not be tested, because its python3 has no jsonschema 4.18 or redis (pip install jsonschema redis)',
    );
  }
}

/** The class path of Jackson. @throws Error when it is not there */
export function jacksonClassPath(): string {
  const found = findJackson();
  if (found === undefined) throw new Error('Jackson is missing: apt-get install libjackson2-databind-java');
  return found;
}

/** Where Debian puts the files of Jackson. */
const javaFolder = '/usr/share/java';

function findJackson(): string | undefined {
  const files = ['annotations', 'core', 'databind'].map((part) => join(javaFolder, `jackson-${part}.jar`));
  return files.every((file) => existsSync(file)) ? files.join(':') : undefined;
}

function runs(program: string, argument: string): boolean {
  return spawnSync(program, [argument]).status === 0;
}
