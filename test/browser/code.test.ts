import { readFile } from 'node:fs/promises';
import type { CatalogFile, ModelsFile, UsagesFile } from '@hyvve-events/catalog-model';
import type { Locator, Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { expectAccessible, settled } from '../support/browser/axe.js';
import { useBrowser } from '../support/browser/browser.js';
import { useSite } from '../support/browser/site.js';

const { catalog } = JSON.parse(await readFile('generated/catalog.json', 'utf8')) as CatalogFile;
const browse = useBrowser('file');

/** A section of a page, by its heading. */
function sectionOf(page: Page, title: string): Locator {
  return page.locator('section.section').filter({ has: page.getByRole('heading', { name: title, level: 2 }) });
}

const usages: UsagesFile = {
  usagesVersion: 1,
  catalog: catalog.hash,
  link: 'https://git.example/acme/shop/blob/main/{file}#L{line}',
  partial: false,
  services: [
    { name: 'analytics', file: 'services/analytics/main.ts', line: 4 },
    { name: 'approvals', file: 'services/approvals/main.ts', line: 9 },
  ],
  usages: [
    {
      file: 'services/approvals/decide.ts',
      line: 26,
      column: 3,
      kind: 'publish',
      type: 'approval.item.approved',
      services: ['approvals'],
      how: 'publishApprovalApproved',
    },
    {
      file: 'services/über uns/#1.ts',
      line: 7,
      column: 3,
      kind: 'publish',
      type: 'approval.item.approved',
      services: [],
      how: 'send → publish',
    },
  ],
  undecided: [
    {
      file: 'services/approvals/any.ts',
      line: 3,
      column: 3,
      kind: 'publish',
      services: ['approvals'],
      how: 'publish',
      reason: 'The type of the definition is any.',
    },
  ],
};

const models: readonly ModelsFile[] = (['python', 'go'] as const).map((language) => ({
  modelsVersion: 1,
  language,
  package: 'acme_events',
  catalog: catalog.hash,
  events: {
    'approval.item.approved': {
      file: `approval.${language}`,
      model:
        language === 'python'
          ? 'class ApprovalDecisionPayload(BaseModel):\n    pass'
          : 'type ApprovalDecisionPayload struct {}',
      publish: 'publish_approval_approved(publisher, data)',
    },
  },
}));

describe('with usages.json and models.json', () => {
  const site = useSite(undefined, { usages, models });

  it('an event links to the code that publishes and handles it, and names services without such code', async () => {
    const { page, problems } = await browse();
    await page.goto(site().page('/events/approval.item.approved'));
    await settled(page);
    const section = sectionOf(page, 'Used in');
    await section.getByText('publishApprovalApproved').waitFor();
    const link = section.getByRole('link', { name: 'services/approvals/decide.ts:26' });
    expect(await link.getAttribute('href')).toBe(
      'https://git.example/acme/shop/blob/main/services/approvals/decide.ts#L26',
    );
    const odd = section.getByRole('link', { name: 'services/über uns/#1.ts:7' });
    expect(await odd.getAttribute('href')).toBe(
      'https://git.example/acme/shop/blob/main/services/%C3%BCber%20uns/%231.ts#L7',
    );
    expect(await section.textContent()).toContain('no service');
    const missing = section.getByText('By the catalog, these also receive it').locator('..');
    // Nothing is known about the code of its other receivers.
    expect(await missing.getByRole('link').allTextContents()).toEqual(['analytics', 'approvals']);
    expect(await section.locator('.notice').count()).toBe(0);
    await expectAccessible(page);
    expect(problems).toEqual([]);
  });

  it('a service lists the events of its code, and the places that are not known', async () => {
    const { page } = await browse();
    await page.goto(site().page('/services/approvals'));
    await settled(page);
    const section = sectionOf(page, 'In code');
    await section.getByRole('link', { name: 'services/approvals/main.ts:9' }).waitFor();
    await section.getByText('The type of the definition is any.').waitFor();
    await section.getByRole('link', { name: 'approval.item.approved' }).waitFor();
    await page.goto(site().page('/services/crm'));
    await page.getByText('No code of this service was found.').waitFor();
  });

  it('an event shows its code in the other languages', async () => {
    const { page, problems } = await browse();
    await page.goto(site().page('/events/approval.item.approved'));
    await page.getByRole('tab', { name: 'Python' }).click();
    await page.getByText('Python model: approval.python').first().waitFor();
    await page.locator('.code .tok-keyword').getByText('class', { exact: true }).waitFor();
    await page.getByRole('tab', { name: 'Go' }).click();
    await page.locator('.code .tok-keyword').getByText('struct', { exact: true }).waitFor();
    await expectAccessible(page);
    await page.goto(site().page('/events/kb.page.created'));
    await page.getByRole('tab', { name: 'Python' }).click();
    await page.getByText('The models of Python do not have this event.').waitFor();
    expect(problems).toEqual([]);
  });
});

describe('with usages of another catalog, of code that does not compile, and with a hostile link', () => {
  const site = useSite(undefined, {
    usages: { ...usages, catalog: 'other', partial: true, link: 'javascript:alert(1)//{file}{line}' },
  });

  it('says so, and has no links to code', async () => {
    const { page } = await browse();
    await page.goto(site().page('/events/approval.item.approved'));
    const section = sectionOf(page, 'Used in');
    await section.getByText('Some of the code could not be read').waitFor();
    await section.getByText('with another version of the catalog').waitFor();
    await section.getByText('services/approvals/decide.ts:26').waitFor();
    expect(await section.getByRole('link', { name: 'decide.ts' }).count()).toBe(0);
  });
});
