import { build } from 'vite';
import { ensureChromium } from '../../../scripts/chromium.js';

/** Runs once before the tests of the web app: installs the browser and makes the production build of the current sources. */
export async function setup(): Promise<void> {
  ensureChromium();
  // Vitest sets `test`, with which React would be built for development: slower, and different from the released build.
  const before = process.env.NODE_ENV;
  process.env.NODE_ENV = 'production';
  await build({ root: 'admin/web', configFile: 'admin/web/vite.config.ts', logLevel: 'error' });
  process.env.NODE_ENV = before;
}
