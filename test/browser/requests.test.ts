import { basename } from 'node:path';
import type { Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { useAdminSite } from '../support/browser/admin-site.js';
import { settled } from '../support/browser/axe.js';
import { useBrowser } from '../support/browser/browser.js';

/** Limit for the scripts and styles of a first visit: many users may share one IP address and its request limit. */
const mostFiles = 15;

const { site, open } = useAdminSite();
const browse = useBrowser();

/** Names of the scripts and styles that a page loads, without their hashes. */
async function filesOf(page: Page, path: string): Promise<readonly string[]> {
  const files: string[] = [];
  page.on('response', (response) => {
    const name = basename(new URL(response.url()).pathname);
    if (/\.(js|css)$/.test(name)) files.push(name.replace(/-.{8}\./, '.'));
  });
  await page.goto('about:blank');
  await page.goto(site().page(path));
  await settled(page);
  await page.waitForLoadState('load');
  return files;
}

it.each(['/ops', '/ops/cluster', '/ops/dead-letters', '/ops/parked', '/ops/events', '/ops/replays', '/ops/audit'])(
  '%s: the first visit loads few files',
  async (path) => {
    const { page } = await open();
    const files = await filesOf(page, path);
    expect(files).toContain('operations.js');
    expect(files.length, files.join(', ')).toBeLessThanOrEqual(path === '/ops' ? mostFiles + 3 : mostFiles);
    expect(files).not.toContain('edit-and-retry.js');
  },
);

it.each(['/', '/events', '/schemas', '/services', '/changes'])(
  '%s: the first visit loads few files, and none of the operations pages',
  async (path) => {
    const { page } = await browse();
    const files = await filesOf(page, path);
    expect(files).toContain('parts.js');
    expect(files.length, files.join(', ')).toBeLessThanOrEqual(mostFiles);
    for (const name of ['operations.js', 'edit-and-retry.js', 'throughput-chart.js']) expect(files).not.toContain(name);
  },
);
