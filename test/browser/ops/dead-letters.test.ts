import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { useAdminSite } from '../../support/browser/admin-site.js';
import { expectAccessible, expectWellEverywhere } from '../../support/browser/axe.js';
import { newGate, until } from '../../support/wait.js';

const { site, open } = useAdminSite();
/** A text that runs as script if it is inserted as HTML. */
const hostile = '<img src=x onerror="document.title=1">';

const deadLettersOf = async (query: string) => (await site().call('GET', `/admin/events/dlq?${query}`)).body.events;

/** Publishes an event that fails. Returns the id of its dead letter. */
async function die(tenantId: string, provider = 'openai'): Promise<string> {
  const { flaky } = site();
  flaky.broken = true;
  const eventId = await flaky.exceedBudget(provider, { tenantId });
  await until('it is dead', async () => (await deadLettersOf(`eventId=${eventId}`)).length === 1, 20_000);
  return (await deadLettersOf(`eventId=${eventId}`))[0].id;
}

/** Replaces the content of the editor. */
async function write(page: Page, text: string): Promise<void> {
  await page.getByRole('textbox', { name: /^Data of/ }).click();
  await page.keyboard.press('Control+a');
  await page.keyboard.insertText(text);
}

const withProvider = (provider: string, maxTokens = '10') =>
  `{\n  "providerId": "prv1",\n  "provider": "${provider}",\n  "tokensUsed": 12,\n  "maxTokens": ${maxTokens}\n}`;

describe('a dead letter', () => {
  it('edit and retry: shows violations and a comparison; afterwards it is completed, not listed, and in the audit log', async () => {
    const { page, problems } = await open();
    await page.goto(site().page('/ops/dead-letters?tenantId=life'));
    await page.getByText('No dead letters match').waitFor();
    await die('life', hostile);
    const row = page.locator('.dead-letters tbody tr');
    await row.getByText('mail server refused').waitFor();
    await page.locator('.error-groups').getByText('mail server refused').waitFor();

    await row.getByRole('link').click();
    const sheet = page.getByRole('dialog', { name: 'Dead letter' });
    await sheet.getByText('RETRIES_EXHAUSTED · 2 runs').waitFor();
    await sheet.getByText('became a dead letter, run 2').waitFor();
    await sheet.locator('.error-text pre').first().getByText('flaky.ts').waitFor();
    await sheet.getByText(hostile).waitFor();
    expect(await page.locator('img').count()).toBe(0);
    await expect.poll(() => page.url()).toContain('open=');

    await sheet.getByRole('button', { name: 'Edit and retry' }).click();
    await sheet.getByRole('textbox', { name: 'Data of ai.token.limit_exceeded' }).waitFor();
    await write(page, withProvider('openai', '10,\n  '));
    await page.keyboard.press('ArrowUp');
    await page.keyboard.press('Control+Space');
    await page.getByRole('option', { name: /requestedTokens/ }).click();
    await sheet.getByText('"requestedTokens": 0').waitFor();

    // Escape does not discard the typed text.
    await page.keyboard.press('Escape');
    await write(page, withProvider('openai', '"ten"'));
    const marked = sheet.getByRole('list', { name: 'Violations of the schema' });
    await marked.getByText('$.maxTokens').waitFor();
    await sheet.locator('.cm-lintRange-error').getByText('"ten"').waitFor();
    await expectAccessible(page);
    await sheet.getByRole('button', { name: 'Compare' }).click();
    await sheet.getByRole('button', { name: 'Send' }).click();
    await sheet.getByText('The service refused the data').waitFor();
    await marked.getByText('must be integer').waitFor();
    await sheet.locator('.cm-lintRange-error').getByText('"ten"').waitFor();

    await write(page, withProvider('openai'));
    await sheet.getByRole('button', { name: 'Compare' }).click();
    await sheet.locator('.cm-deletedChunk').getByText('onerror').waitFor();
    await sheet.locator('.cm-changedLine').getByText('openai').waitFor();
    await expectAccessible(page);
    site().flaky.broken = false;
    await sheet.getByRole('button', { name: 'Send' }).click();
    await sheet.getByText('Sent with other data').waitFor();
    await sheet.getByRole('status').getByText('completed').waitFor();
    await page.keyboard.press('Escape');
    await page.getByText('No dead letters match').waitFor();
    await expect.poll(() => page.url()).not.toContain('open=');

    await page.goto(site().page('/ops/audit?tenantId=life'));
    await page.getByText('admin-ann edited and retried').first().waitFor();
    // 422: the refused data. 404: the new event, before it is in the index.
    expect(problems.filter((problem) => !/status of (422|404)/.test(problem))).toEqual([]);
  });

  it('retry: works by keyboard only', async () => {
    await die('keys');
    const { page } = await open();
    await page.goto(site().page('/ops/dead-letters?tenantId=keys'));
    await page.locator('.dead-letters tbody tr').waitFor();
    site().flaky.broken = false;
    const tabTo = async (name: RegExp) => {
      const focused = () => page.evaluate<string>("document.activeElement?.textContent ?? ''");
      for (let presses = 0; presses < 60 && !name.test(await focused()); presses += 1) await page.keyboard.press('Tab');
      expect(await focused()).toMatch(name);
    };
    await page.locator('main').focus();
    await tabTo(/^ai\.token\.limit_exceeded$/);
    await page.keyboard.press('Enter');
    await page.getByRole('dialog').getByRole('button', { name: 'Retry', exact: true }).waitFor();
    await tabTo(/^Retry$/);
    await page.keyboard.press('Enter');
    await page.getByRole('dialog').getByText('Sent to be retried').waitFor();
    await page.getByRole('dialog').getByRole('status').getByText('completed').waitFor();
    await page.keyboard.press('Escape');
    await page.getByText('No dead letters match').waitFor();
  });

  it('already deleted by another operator: every action reports this', async () => {
    const id = await die('two');
    const { page } = await open();
    await page.goto(site().page(`/ops/dead-letters?tenantId=two&open=${id}`));
    const sheet = page.getByRole('dialog', { name: 'Dead letter' });
    await sheet.getByRole('button', { name: 'Delete' }).click();
    // The page polls every few seconds. Its requests wait here, so that only the click can detect the deletion.
    const polls = newGate();
    const letter = `**/admin/events/dlq/${id}`;
    await page.route(letter, async (route) => {
      if (route.request().method() === 'GET') await polls.passed;
      await route.continue();
    });
    await site().call('DELETE', `/admin/events/dlq/${id}`);
    await sheet.getByRole('button', { name: 'Delete for good' }).click();
    await sheet.getByText('Another operator has already changed this dead letter.').waitFor();
    polls.open();
    await page.unroute(letter);
    await sheet.getByRole('link', { name: 'Audit log' }).waitFor();
    await page.reload();
    await sheet.getByText('no longer exists').waitFor();
  });

  it('delete: only after a confirmation', async () => {
    const id = await die('gone');
    const { page } = await open();
    await page.goto(site().page(`/ops/dead-letters?tenantId=gone&open=${id}`));
    const sheet = page.getByRole('dialog', { name: 'Dead letter' });
    await sheet.getByRole('button', { name: 'Delete' }).click();
    await sheet.getByRole('button', { name: 'Cancel' }).click();
    await sheet.getByRole('button', { name: 'Delete' }).click();
    await sheet.getByRole('button', { name: 'Delete for good' }).click();
    await sheet.getByText('Deleted for good').waitFor();
    expect(await deadLettersOf('tenantId=gone')).toEqual([]);
  });

  it('with personal data: only an owner can edit it', async () => {
    const { flaky } = site();
    flaky.broken = true;
    const eventId = await flaky.createUser('usr1', { tenantId: 'personal' });
    await until('it is dead', async () => (await deadLettersOf(`eventId=${eventId}`)).length === 1, 20_000);
    const [{ id }] = await deadLettersOf(`eventId=${eventId}`);
    const path = `/ops/dead-letters?open=${id}`;
    const { page } = await open({ tenantId: 'personal' });
    await page.goto(site().page(path));
    await page.getByText('Only owners can edit it').waitFor();
    await expect.poll(() => page.getByRole('button', { name: 'Edit and retry' }).isDisabled()).toBe(true);
    await expect.poll(() => page.getByRole('link', { name: 'Overview' }).count()).toBe(1);
    const owner = await open({ role: 'owner' });
    await owner.page.goto(site().page(path));
    await owner.page.getByRole('button', { name: 'Edit and retry' }).click();
    await owner.page.getByText('"usr1"').first().waitFor();
  });
});

describe('many dead letters', () => {
  it('filters: are part of the address, and can be restricted to one error group', async () => {
    await die('found');
    const { page } = await open();
    await page.goto(site().page('/ops/dead-letters'));
    await page.getByLabel('Tenant').fill('found');
    await page.getByLabel('Part of the error').fill('mail server');
    await page.getByText('1 dead letter', { exact: true }).waitFor();
    await page.locator('.error-groups button').click();
    await page.getByRole('heading', { name: 'Of the selected error group' }).waitFor();
    // In any order: the text is added when typing pauses.
    for (const part of ['tenantId=found', 'text=mail', 'fingerprint=']) {
      await expect.poll(() => page.url()).toContain(part);
    }
    await page.reload();
    await page.getByText('1 dead letter', { exact: true }).waitFor();
    await expect.poll(() => page.locator('.error-groups button').getAttribute('aria-pressed')).toBe('true');
    await page.getByRole('button', { name: 'Clear filters' }).click();
    await expect.poll(() => page.url()).not.toContain('tenantId');
  });

  it('bulk retry: counts them and requires their number as confirmation', async () => {
    for (let count = 0; count < 4; count += 1) await die('bulk');
    site().flaky.broken = false;
    const { page } = await open();
    await page.goto(site().page('/ops/dead-letters?tenantId=bulk'));
    await page.getByText('4 dead letters', { exact: true }).waitFor();
    await page.getByRole('button', { name: 'Retry all found' }).click();
    const dialog = page.getByRole('dialog', { name: 'Retry all found' });
    await dialog.getByText('of the tenant bulk').waitFor();
    await dialog.getByLabel('Type 4 to confirm').fill('5');
    await expect.poll(() => dialog.getByRole('button', { name: 'Retry 4' }).isDisabled()).toBe(true);
    await expectAccessible(page);
    await dialog.getByLabel('Type 4 to confirm').fill('4');
    await page.keyboard.press('Enter');
    await dialog.getByText('4 done of 4').waitFor();
    await expect.poll(() => dialog.getByRole('progressbar').getAttribute('aria-valuenow')).toBe('100');
    await dialog.getByRole('button', { name: 'Close', exact: true }).last().click();
    await page.getByText('No dead letters match').waitFor();
    await page.locator('.bulk-jobs').getByText('Retry 4').waitFor();
    expect(await deadLettersOf('tenantId=bulk')).toEqual([]);
  });
});

it('the pages: accessible and not wider than the window, in both themes and widths', async () => {
  const id = await die('pages');
  const { page, problems } = await open();
  for (const path of ['/ops/dead-letters', `/ops/dead-letters?open=${id}`]) {
    await page.goto(site().page(path));
    await expectWellEverywhere(page, path);
  }
  expect(problems).toEqual([]);
});
