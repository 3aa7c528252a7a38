import { build } from 'vite';
import { ensureChromium } from '../../scripts/chromium.js';

/** Once before the tests of the web app: it is built of today's sources, and there is a browser to open it in. */
export async function setup(): Promise<void> {
  ensureChromium();
  await build({ root: 'admin/web', configFile: 'admin/web/vite.config.ts', logLevel: 'error' });
}
