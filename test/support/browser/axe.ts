import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { AxeResults } from 'axe-core';
import type { Page } from 'playwright-core';
import { expect } from 'vitest';

const source = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** Expects that a rendered page follows WCAG 2.2 AA and axe's good practice. @param path The page's path, for messages. */
export async function expectAccessible(page: Page, path = page.url()): Promise<void> {
  await expect.poll(() => violationsOf(page), { timeout: 5_000, message: path }).toEqual([]);
}

/** Each violated rule, with the places. */
async function violationsOf(page: Page): Promise<readonly string[]> {
  if (!(await page.evaluate("'axe' in window"))) await page.evaluate(source);
  const results = (await page.evaluate('axe.run(document)')) as AxeResults;
  return results.violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 160)).join(' | ')}`);
}

/** Waits until a page has its heading and has loaded. */
export async function settled(page: Page): Promise<void> {
  await page.locator('h1').waitFor();
  await page.locator('[aria-busy]').waitFor({ state: 'detached' });
}

/** Expects that a loaded page is accessible and not wider than the window. @param path The page's path, for messages. */
export async function expectWell(page: Page, path: string): Promise<void> {
  await expectAccessible(page, path);
  await expectFits(page, path);
}

/** Expects that a page is not wider than the window. @param path The page's path, for messages. */
export async function expectFits(page: Page, path: string): Promise<void> {
  const excess = await page.evaluate('document.documentElement.scrollWidth - innerWidth');
  expect(excess, `${path} is wider than the window`).toBeLessThanOrEqual(0);
}

/** Each theme and each width once. */
const appearances = [
  ['light', 1280, 900],
  ['dark', 390, 844],
] as const;

/** As {@link expectWell}, on a desktop and on a phone, after the page has loaded. @param path The page's path, for messages. */
export async function expectWellEverywhere(page: Page, path: string): Promise<void> {
  await settled(page);
  await page.locator('.mantine-Skeleton-root').waitFor({ state: 'detached' });
  for (const [colorScheme, width, height] of appearances) {
    await page.emulateMedia({ colorScheme });
    await page.setViewportSize({ width, height });
    await page.locator(`html[data-mantine-color-scheme="${colorScheme}"]`).waitFor();
    await expectWell(page, `${path}, ${width} px, ${colorScheme}`);
  }
}
