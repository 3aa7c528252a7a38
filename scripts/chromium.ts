import { spawnSync } from 'node:child_process';
import { findInstaller, install, type SystemPackage } from './install.js';

const chromiumPackage: SystemPackage = { apt: 'chromium', apk: 'chromium', dnf: 'chromium', brew: 'chromium' };

const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];

/** Arguments of Chromium for tests and screenshots: without requests to the internet. */
export const chromiumArguments = [
  ...['--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking'],
  ...['--disable-component-update', '--disable-sync'],
];

/** Path of a Chromium executable on PATH; undefined if there is none. */
export function findChromium(): string | undefined {
  for (const name of names) {
    const { stdout, status } = spawnSync('sh', ['-c', `command -v ${name}`], { encoding: 'utf8' });
    if (status === 0) return stdout.trim();
  }
  return undefined;
}

/**
 * Ensures that Chromium is installed, for the tests of the web app.
 * @returns Path of its executable
 * @throws Error when it cannot be installed
 */
export function ensureChromium(): string {
  const found = findChromium();
  if (found !== undefined) return found;
  const tool = findInstaller();
  if (tool === undefined) throw new Error('Chromium is missing: install it; the tests of the web app need it');
  console.error(`Chromium is missing: installing it with ${tool} …`);
  install(tool, chromiumPackage);
  const installed = findChromium();
  if (installed === undefined) throw new Error('Chromium was installed, but is not on PATH');
  return installed;
}
