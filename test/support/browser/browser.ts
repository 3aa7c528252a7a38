import { createReadStream, existsSync, statSync } from 'node:fs';
import { extname, join, normalize } from 'node:path';
import { type Browser, type BrowserContext, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll } from 'vitest';
import { chromiumArguments, ensureChromium } from '../../../scripts/chromium.js';
import { startHttpServer } from '../http-server.js';

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.json': 'application/json',
  '.svg': 'image/svg+xml',
  '.txt': 'text/plain',
  '.md': 'text/markdown',
  '.yaml': 'application/yaml',
};

/** A simple file server: the files of a folder below a path, without rewrites. */
export async function serveFolder(folder: string, path = '/'): Promise<{ url: string; close(): Promise<void> }> {
  const server = await startHttpServer((request, response) => {
    const pathname = decodeURIComponent((request.url ?? '/').split('?')[0] ?? '/');
    const below = pathname.startsWith(path) ? pathname.slice(path.length) : '..';
    const file = join(folder, normalize(below === '' ? 'index.html' : below));
    if (!file.startsWith(folder) || !existsSync(file) || !statSync(file).isFile()) {
      response.writeHead(404).end();
      return;
    }
    response.writeHead(200, { 'content-type': types[extname(file)] ?? 'application/octet-stream' });
    createReadStream(file).pipe(response);
  });
  return { url: `${server.origin}${path}`, close: server.close };
}

/** A page, and its problems: errors, and requests to other hosts. */
export interface Visit {
  readonly page: Page;
  readonly problems: string[];
}

/**
 * Opens pages in a separate Chromium for the test file, with a temporary profile. Each page has a separate context.
 * @param lifetime How long a page stays open: for its test (default) or for all tests of the file.
 */
export function useBrowser(lifetime: 'test' | 'file' = 'test'): (options?: BrowserContextOptions) => Promise<Visit> {
  let browser: Browser | undefined;
  const open: BrowserContext[] = [];
  beforeAll(async () => {
    browser = await chromium.launch({ executablePath: ensureChromium(), args: [...chromiumArguments] });
  });
  afterEach(async () => {
    if (lifetime === 'test') await Promise.all(open.splice(0).map((context) => context.close()));
  });
  afterAll(() => browser?.close());
  return async (options = {}) => {
    if (browser === undefined) throw new Error('no browser is open yet');
    const defaults = { viewport: { width: 1280, height: 900 }, colorScheme: 'light', reducedMotion: 'reduce' } as const;
    const context = await browser.newContext({ ...defaults, ...options });
    open.push(context);
    const page = await context.newPage();
    page.setDefaultTimeout(30_000);
    const problems: string[] = [];
    page.on('pageerror', (error) => problems.push(`error: ${error.message}`));
    page.on('console', (message) => {
      if (message.type() === 'error') problems.push(`console: ${message.text()}`);
    });
    page.on('request', (request) => {
      const { hostname, protocol } = new URL(request.url());
      if (protocol.startsWith('http') && hostname !== '127.0.0.1') problems.push(`request: ${request.url()}`);
    });
    return { page, problems };
  };
}
