import { build } from 'vite';
import { ensureChromium } from '../../../scripts/chromium.js';

/** Once before the tests of the web app: it is built of today's sources, as it ships, and there is a browser to open it in. */
export async function setup(): Promise<void> {
  ensureChromium();
  // Vitest's own is `test`, with which React would be built for development: slower, and not what ships.
  const before = process.env.NODE_ENV;
  process.env.NODE_ENV = 'production';
  await build({ root: 'admin/web', configFile: 'admin/web/vite.config.ts', logLevel: 'error' });
  process.env.NODE_ENV = before;
}
