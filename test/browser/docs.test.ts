import { readFile } from 'node:fs/promises';
import type { BrowserContextOptions } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { expectAccessible, settled } from '../support/browser/axe.js';
import { useBrowser, type Visit } from '../support/browser/browser.js';
import { useSite } from '../support/browser/site.js';

const site = useSite();
const browse = useBrowser('file');
let shared: Promise<Visit> | undefined;

/** The page that the tests share, because loading it takes most of their time. With options, a separate page. */
function open(options?: BrowserContextOptions): Promise<Visit> {
  if (options !== undefined) return browse(options);
  shared ??= browse();
  return shared;
}

describe('event page', () => {
  it('shows senders, receivers, fields, and code with the generated names', async () => {
    const { page, problems } = await open();
    await page.goto(site().page('/events/approval.item.approved'));
    await settled(page);
    const text = () => page.locator('main').textContent();
    await expect.poll(text).toContain('publishApprovalApproved');
    await expect.poll(text).toContain("from '@hyvve-events/sdk/approval'");
    await expect.poll(() => page.locator('.mark.personal').count()).toBe(3);
    await page.locator('.code .tok-keyword').getByText('await', { exact: true }).waitFor();
    await page.getByRole('tab', { name: 'Handle' }).click();
    await page.getByText('async onApprovalApproved(event, ctx)').waitFor();
    await page.getByRole('link', { name: 'notifications' }).click();
    await page.getByRole('heading', { name: 'Receives' }).waitFor();
    await page.getByRole('link', { name: 'approval.item.approved' }).waitFor();
    expect(problems).toEqual([]);
  });

  it('a link to a field: opens the page at this field', async () => {
    const { page } = await open({ viewport: { width: 1280, height: 300 } });
    await page.goto(site().page('/events/approval.item.approved'));
    await settled(page);
    await page.getByRole('link', { name: 'decisionNotes', exact: true }).click();
    await expect.poll(() => page.url()).toContain('field=decisionNotes');
    const link = page.url();
    await page.goto('about:blank');
    // On a slow machine the router renders the address, and scrolls to the top, after the page.
    const devtools = await page.context().newCDPSession(page);
    await devtools.send('Emulation.setCPUThrottlingRate', { rate: 12 });
    await page.goto(link);
    const target = page.locator('[aria-current="true"].field');
    await target.waitFor();
    await expect.poll(() => target.textContent()).toContain('Reason for the decision, as entered by the user.');
    await expect.poll(async () => (await target.boundingBox())?.y).toBeLessThan(300);
  });

  it('Download Markdown: saves the file that the site serves below /md', async () => {
    const { page } = await open();
    await page.goto(site().page('/events/approval.item.approved'));
    await page.getByText('/approvalId', { exact: true }).waitFor();
    const download = page.waitForEvent('download');
    await page.getByRole('button', { name: 'Download Markdown' }).click();
    const file = await (await download).path();
    const written = await readFile(`${site().folder}/md/events/approval.item.approved.md`, 'utf8');
    expect(await readFile(file, 'utf8')).toBe(written);
    expect(written).toContain('- Ordering key: `/approvalId` of the data\n');
  });
});

describe('search', () => {
  it('by keyboard only: opens with Ctrl-K, finds a field, and opens the selected result', async () => {
    const { page } = await open();
    await page.goto(site().page('/'));
    await settled(page);
    await page.keyboard.press('Control+k');
    await page.getByRole('combobox', { name: /Search/ }).waitFor();
    await page.keyboard.type('decisionNotes');
    await page.getByRole('option').first().waitFor();
    await expectAccessible(page);
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('ArrowUp');
    await page.keyboard.press('Enter');
    await page.locator('[aria-current="true"].field').waitFor();
    await expect.poll(() => page.url()).toContain('field=decisionNotes');
  });

  it('no result: suggests another search', async () => {
    const { page } = await open();
    await page.goto(site().page('/'));
    await settled(page);
    await page.keyboard.press('/');
    await page.getByRole('combobox', { name: /Search/ }).fill('zzzzqqq');
    await page.getByText('Try part of a name').waitFor();
  });
});

describe('keyboard shortcuts', () => {
  it('skip to the content, go to a page with g, and are listed with ?', async () => {
    const { page } = await open({});
    await page.goto(site().page('/'));
    await settled(page);
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await expect.poll(() => page.evaluate('document.activeElement?.id')).toBe('main');
    await page.keyboard.press('?');
    await page.getByRole('dialog', { name: 'Keyboard shortcuts' }).waitFor();
    await expectAccessible(page);
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'hidden' });
    await page.keyboard.press('g');
    await page.keyboard.press('s');
    await page.getByRole('heading', { name: 'Services', level: 1 }).waitFor();
    await expect.poll(() => page.evaluate('document.activeElement?.id')).toBe('main');
  });

  it('Enter on a box of the flow map: opens its page', async () => {
    const { page } = await open();
    await page.goto(site().page('/map?domain=ai'));
    await page.locator('.react-flow__node').first().waitFor();
    await page.locator('[data-id="event ai.token.limit_warning"]').focus();
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'ai.token.limit_warning', level: 1 }).waitFor();
  });
});

describe('theme', () => {
  it('is the theme of the system until another one is selected, which is remembered', async () => {
    const { page } = await open({ colorScheme: 'light' });
    await page.goto(site().page('/'));
    await page.getByRole('button', { name: 'Use the dark theme' }).click();
    await page.reload();
    await expect.poll(() => page.locator('html').getAttribute('data-mantine-color-scheme')).toBe('dark');
    await page.getByRole('button', { name: 'Use the light theme' }).waitFor();
  });
});

describe('lists and files', () => {
  it('the filter of a list is part of the address', async () => {
    const { page } = await open();
    await page.goto(site().page('/events'));
    await page.getByLabel('Type or text').fill('token limit');
    await page.getByText('2 of 51 events').waitFor();
    await page.reload();
    await page.getByText('2 of 51 events').waitFor();
    await page.goto(site().page('/events?q=2026'));
    await expect.poll(() => page.getByLabel('Type or text').inputValue()).toBe('2026');
  });

  it('the AsyncAPI document, the catalog, the schemas and the map as SVG can be downloaded', async () => {
    const { page } = await open();
    await page.goto(site().page('/document'));
    const names = ['AsyncAPI, YAML', 'AsyncAPI, JSON', 'catalog.json', 'JSON Schemas', 'llms.txt'];
    for (const name of names) {
      const download = page.waitForEvent('download');
      await page.getByRole('button', { name: `Download ${name}` }).click();
      expect(await (await download).failure(), name).toBeNull();
    }
    await page.getByRole('button', { name: /^channels/ }).click();
    await page.goto(site().page('/map'));
    const download = page.waitForEvent('download');
    await page.getByRole('button', { name: 'Download SVG' }).click();
    const svg = await readFile(await (await download).path(), 'utf8');
    expect(svg.match(/<text /g)?.length).toBeGreaterThan(51);
  });

  it('llms.txt: every link leads to an existing Markdown file', async () => {
    const text = await readFile(`${site().folder}/llms.txt`, 'utf8');
    const links = [...text.matchAll(/\]\((md\/[^)]+)\)/g)].map(([, link = '']) => link);
    expect(links.length).toBeGreaterThan(60);
    for (const link of links) expect(await readFile(`${site().folder}/${link}`, 'utf8')).toMatch(/^# /);
  });

  it('the menu opens on a phone', async () => {
    const { page } = await open({ viewport: { width: 390, height: 844 } });
    await page.goto(site().page('/'));
    await page.getByRole('button', { name: 'Menu' }).click();
    const menu = page.getByRole('dialog');
    await menu.getByRole('link', { name: /^Services/ }).waitFor();
    await expectAccessible(page);
    await menu.getByRole('link', { name: /^Services/ }).click();
    await page.getByRole('heading', { name: 'Services', level: 1 }).waitFor();
    await menu.waitFor({ state: 'hidden' });
  });
});
