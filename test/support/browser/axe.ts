import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { AxeResults } from 'axe-core';
import type { Page } from 'playwright-core';
import { expect } from 'vitest';

const source = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** Expects that a page breaks nothing of WCAG 2.2 AA and of axe's good practice, once it has been drawn. @param path The page's path, for messages. */
export async function expectAccessible(page: Page, path = page.url()): Promise<void> {
  await expect.poll(() => violationsOf(page), { timeout: 5_000, message: path }).toEqual([]);
}

/** Each rule that is broken, with the places. */
async function violationsOf(page: Page): Promise<readonly string[]> {
  if (!(await page.evaluate("'axe' in window"))) await page.evaluate(source);
  const results = (await page.evaluate('axe.run(document)')) as AxeResults;
  return results.violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 160)).join(' | ')}`);
}

/** Waits for a page that has its heading and is done loading. */
export async function settled(page: Page): Promise<void> {
  await page.locator('h1').waitFor();
  await page.locator('[aria-busy]').waitFor({ state: 'detached' });
}

/** Expects of a settled page that it breaks no rule and is not wider than the window. @param path The page's path, for messages. */
export async function expectWell(page: Page, path: string): Promise<void> {
  await expectAccessible(page, path);
  await expectFits(page, path);
}

/** Expects of a page that it is not wider than the window. @param path The page's path, for messages. */
export async function expectFits(page: Page, path: string): Promise<void> {
  const excess = await page.evaluate('document.documentElement.scrollWidth - innerWidth');
  expect(excess, `${path} is wider than the window`).toBeLessThanOrEqual(0);
}

/** Each theme and each width once. */
const looks = [
  ['light', 1280, 900],
  ['dark', 390, 844],
] as const;

/** Expects that of a page, once it is settled, on a desktop and on a phone, in the system's theme. @param path The page's path, for messages. */
export async function expectWellEverywhere(page: Page, path: string): Promise<void> {
  await settled(page);
  await page.locator('.mantine-Skeleton-root').waitFor({ state: 'detached' });
  for (const [colorScheme, width, height] of looks) {
    await page.emulateMedia({ colorScheme });
    await page.setViewportSize({ width, height });
    await page.locator(`html[data-mantine-color-scheme="${colorScheme}"]`).waitFor();
    await expectWell(page, `${path}, ${width} px, ${colorScheme}`);
  }
}
