import type { Page, Request } from 'playwright-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { useAdminSite } from '../../support/browser/admin-site.js';
import { expectWellEverywhere } from '../../support/browser/axe.js';
import { newGate, until } from '../../support/wait.js';

const { site, open } = useAdminSite();
const tenantId = 'acme';

beforeAll(async () => {
  const { flaky } = site();
  flaky.broken = false;
  for (let n = 0; n < 3; n += 1) await flaky.exceedBudget(`provider ${n}`, { tenantId });
  await until('they are handled', () => flaky.handled.length === 3);
});

/** The bodies of the page's requests for replays, from now on. */
function noteRequests(page: Page): unknown[] {
  const bodies: unknown[] = [];
  page.on('request', (request: Request) => {
    if (request.method() === 'POST' && request.url().endsWith('/replay')) bodies.push(request.postDataJSON());
  });
  return bodies;
}

/** A field of any kind: with a list of options, or a text field. */
const fieldOf = (page: Page, label: string) => page.locator('input').and(page.getByLabel(label, { exact: true }));

async function openForm() {
  const { page, problems } = await open();
  await page.goto(site().page('/ops/replays'));
  // Resets the form.
  await page.reload();
  const handlers = page.getByRole('combobox', { name: 'Single handlers' });
  const pills = page.locator('.mantine-Pill-root');
  const count = page.getByRole('button', { name: 'Count the events' });
  await handlers.waitFor();
  return { page, problems, handlers, pills, count, requests: noteRequests(page) };
}

const one = [{ group: 'notifications', handler: 'mails' }];

describe('the form of a replay', () => {
  it('Enter selects the typed handler, a second Enter counts only its events', async () => {
    const { page, problems, handlers, pills, requests } = await openForm();
    await handlers.click();
    await page.keyboard.type('mails');
    await page.keyboard.press('Enter');
    await expect.poll(() => pills.allInnerTexts()).toEqual(['notifications / mails']);
    expect(requests).toEqual([]);
    await page.keyboard.press('Enter');
    await page.getByText('3 events, for notifications / mails').waitFor();
    expect(await pills.allInnerTexts()).toEqual(['notifications / mails']);
    expect(requests).toMatchObject([{ handlers: one, dryRun: true }]);
    expect(requests[0]).not.toHaveProperty('groups');
    expect(problems).toEqual([]);
  });

  it.each(['Event types', 'Groups', 'Single handlers'])(
    'text in %s that is not selected: no request is sent',
    async (label) => {
      const { page, count, requests } = await openForm();
      const field = page.getByRole('combobox', { name: label });
      await field.click();
      await page.keyboard.type('nothing of this');
      await page.keyboard.press('Enter');
      await page.getByText('“nothing of this” is not selected').waitFor();
      await field.fill('a');
      await page.getByLabel('Tenant').click();
      expect(await field.inputValue()).toBe('a');
      await page.keyboard.press('Enter');
      await page.getByText('“a” is not selected').waitFor();
      await count.click();
      await page.getByText('“a” is not selected').waitFor();
      expect(requests).toEqual([]);
      await expectWellEverywhere(page, `/ops/replays, ${label}`);
      await field.fill('');
      await count.click();
      await page.getByText('3 events, for notifications').waitFor();
    },
  );

  describe('with a token of one tenant, which has no list of groups', () => {
    async function openBound() {
      const { page, problems } = await open({ tenantId });
      await page.goto(site().page('/ops/replays'));
      await page.reload();
      const groups = fieldOf(page, 'Groups');
      await groups.waitFor();
      const count = page.getByRole('button', { name: 'Count the events' });
      return { page, problems, groups, count, pills: page.locator('.mantine-Pill-root'), requests: noteRequests(page) };
    }

    it('text in Groups that is not selected: no request is sent, however the field loses the focus', async () => {
      const { page, groups, count, requests } = await openBound();
      await groups.click();
      await page.keyboard.type('notif');
      await count.click();
      await page.getByText('“notif” is not selected').waitFor();
      expect(await groups.inputValue()).toBe('notif');
      await page.getByLabel('Events per second').click();
      await page.keyboard.press('Enter');
      await page.getByText('“notif” is not selected').waitFor();
      expect(requests).toEqual([]);
      await expectWellEverywhere(page, '/ops/replays of a tenant');
    });

    it('a group selected with Enter or a comma: the request contains only this group', async () => {
      const { page, problems, groups, count, pills, requests } = await openBound();
      await groups.click();
      await page.keyboard.type(' notifications ');
      await page.keyboard.press('Enter');
      await expect.poll(() => pills.allInnerTexts()).toEqual(['notifications']);
      expect(requests).toEqual([]);
      await page.keyboard.type('notifications,');
      await page.keyboard.type('   ');
      await page.keyboard.press('Enter');
      await page.getByText('3 events, for notifications;').waitFor();
      await count.click();
      await expect.poll(() => requests.length).toBe(2);
      for (const body of requests) expect(body).toMatchObject({ groups: ['notifications'], dryRun: true });
      expect(await pills.allInnerTexts()).toEqual(['notifications']);
      expect(problems).toEqual([]);
    });

    it('an unknown group: refused, and not replaced by all groups', async () => {
      const { page, groups, count, requests } = await openBound();
      await groups.click();
      await page.keyboard.type('notification');
      await page.keyboard.press('Enter');
      await count.click();
      await page.getByRole('alert').getByText('notification').waitFor();
      expect(requests).toMatchObject([{ groups: ['notification'] }]);
      expect(await page.getByRole('button', { name: /^Replay/ }).count()).toBe(0);
    });
  });

  it('text that was typed before the groups were loaded is still there afterwards', async () => {
    const { page } = await open();
    const known = newGate();
    await page.route('**/admin/consumers', async (route) => {
      await known.passed;
      await route.continue();
    });
    await page.goto(site().page('/ops/replays'));
    await page.reload();
    const requests = noteRequests(page);
    await fieldOf(page, 'Groups').click();
    await page.keyboard.type('notif');
    known.open();
    await page.getByRole('combobox', { name: 'Single handlers' }).waitFor();
    await page.unrouteAll({ behavior: 'wait' });
    expect(await fieldOf(page, 'Groups').inputValue()).toBe('notif');
    await page.getByRole('button', { name: 'Count the events' }).click();
    await page.getByText('“notif” is not selected').waitFor();
    expect(requests).toEqual([]);
  });

  it('start: only after the number of events was typed; sends the counted request', async () => {
    const { page, problems, handlers, requests } = await openForm();
    await handlers.click();
    await page.keyboard.type('mails');
    await page.keyboard.press('Enter');
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: 'Replay 3 events' }).click();
    const dialog = page.getByRole('dialog', { name: 'Replay 3 events' });
    await dialog.getByText('notifications / mails').waitFor();
    await dialog.getByLabel('Type 3 to confirm').fill('4');
    await page.keyboard.press('Enter');
    const go = dialog.getByRole('button', { name: 'Replay', exact: true });
    expect(await go.isDisabled()).toBe(true);
    expect(requests).toHaveLength(1);
    await expectWellEverywhere(page, '/ops/replays, confirming');
    await dialog.getByLabel('Type 3 to confirm').fill('3');
    await page.keyboard.press('Enter');
    await page.locator('.replay').first().getByText('completed').waitFor();
    expect(await dialog.count()).toBe(0);
    expect(requests).toHaveLength(2);
    expect(requests[1]).toMatchObject({ handlers: one });
    expect(requests[1]).not.toHaveProperty('dryRun');
    await until('they are handled again', () => site().flaky.handled.length === 6);
    expect(problems).toEqual([]);
  });
});
