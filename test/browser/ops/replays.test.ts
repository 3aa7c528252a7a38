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

/** The bodies of what the page asks replays for, from now on. */
function noteRequests(page: Page): unknown[] {
  const bodies: unknown[] = [];
  page.on('request', (request: Request) => {
    if (request.method() === 'POST' && request.url().endsWith('/replay')) bodies.push(request.postDataJSON());
  });
  return bodies;
}

/** Whatever kind of field it is: one to choose from a list, or to type into. */
const fieldOf = (page: Page, label: string) => page.locator('input').and(page.getByLabel(label, { exact: true }));

async function openForm() {
  const { page, problems } = await open();
  await page.goto(site().page('/ops/replays'));
  // A form as it is at first.
  await page.reload();
  const handlers = page.getByRole('combobox', { name: 'Single handlers' });
  const pills = page.locator('.mantine-Pill-root');
  const count = page.getByRole('button', { name: 'Count the events' });
  await handlers.waitFor();
  return { page, problems, handlers, pills, count, asked: noteRequests(page) };
}

const one = [{ group: 'notifications', handler: 'mails' }];

describe('the form of a replay', () => {
  it('has Enter choose what was typed, and a second Enter count for that alone', async () => {
    const { page, problems, handlers, pills, asked } = await openForm();
    await handlers.click();
    await page.keyboard.type('mails');
    await page.keyboard.press('Enter');
    await expect.poll(() => pills.allInnerTexts()).toEqual(['notifications / mails']);
    expect(asked).toEqual([]);
    await page.keyboard.press('Enter');
    await page.getByText('3 events, for notifications / mails').waitFor();
    expect(await pills.allInnerTexts()).toEqual(['notifications / mails']);
    expect(asked).toMatchObject([{ handlers: one, dryRun: true }]);
    expect(asked[0]).not.toHaveProperty('groups');
    expect(problems).toEqual([]);
  });

  it.each(['Event types', 'Groups', 'Single handlers'])(
    'sends no request while text in %s is not selected',
    async (label) => {
      const { page, count, asked } = await openForm();
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
      expect(asked).toEqual([]);
      await expectWellEverywhere(page, `/ops/replays, ${label}`);
      await field.fill('');
      await count.click();
      await page.getByText('3 events, for notifications').waitFor();
    },
  );

  describe('of a token that is bound to a tenant, which is not told the groups', () => {
    async function openBound() {
      const { page, problems } = await open({ tenantId });
      await page.goto(site().page('/ops/replays'));
      await page.reload();
      const groups = fieldOf(page, 'Groups');
      await groups.waitFor();
      const count = page.getByRole('button', { name: 'Count the events' });
      return { page, problems, groups, count, pills: page.locator('.mantine-Pill-root'), asked: noteRequests(page) };
    }

    it('sends no request while the text in Groups is not selected, however the field loses the focus', async () => {
      const { page, groups, count, asked } = await openBound();
      await groups.click();
      await page.keyboard.type('notif');
      await count.click();
      await page.getByText('“notif” is not selected').waitFor();
      expect(await groups.inputValue()).toBe('notif');
      await page.getByLabel('Events per second').click();
      await page.keyboard.press('Enter');
      await page.getByText('“notif” is not selected').waitFor();
      expect(asked).toEqual([]);
      await expectWellEverywhere(page, '/ops/replays of a tenant');
    });

    it('asks for the group that Enter or a comma chose, and for it alone', async () => {
      const { page, problems, groups, count, pills, asked } = await openBound();
      await groups.click();
      await page.keyboard.type(' notifications ');
      await page.keyboard.press('Enter');
      await expect.poll(() => pills.allInnerTexts()).toEqual(['notifications']);
      expect(asked).toEqual([]);
      await page.keyboard.type('notifications,');
      await page.keyboard.type('   ');
      await page.keyboard.press('Enter');
      await page.getByText('3 events, for notifications;').waitFor();
      await count.click();
      await expect.poll(() => asked.length).toBe(2);
      for (const body of asked) expect(body).toMatchObject({ groups: ['notifications'], dryRun: true });
      expect(await pills.allInnerTexts()).toEqual(['notifications']);
      expect(problems).toEqual([]);
    });

    it('is refused for a group that there is not, and not taken for all', async () => {
      const { page, groups, count, asked } = await openBound();
      await groups.click();
      await page.keyboard.type('notification');
      await page.keyboard.press('Enter');
      await count.click();
      await page.getByRole('alert').getByText('notification').waitFor();
      expect(asked).toMatchObject([{ groups: ['notification'] }]);
      expect(await page.getByRole('button', { name: /^Replay/ }).count()).toBe(0);
    });
  });

  it('has what was typed before the groups were known still stand there once they are', async () => {
    const { page } = await open();
    const known = newGate();
    await page.route('**/admin/consumers', async (route) => {
      await known.passed;
      await route.continue();
    });
    await page.goto(site().page('/ops/replays'));
    await page.reload();
    const asked = noteRequests(page);
    await fieldOf(page, 'Groups').click();
    await page.keyboard.type('notif');
    known.open();
    await page.getByRole('combobox', { name: 'Single handlers' }).waitFor();
    await page.unrouteAll({ behavior: 'wait' });
    expect(await fieldOf(page, 'Groups').inputValue()).toBe('notif');
    await page.getByRole('button', { name: 'Count the events' }).click();
    await page.getByText('“notif” is not selected').waitFor();
    expect(asked).toEqual([]);
  });

  it('starts what was counted once its number was typed', async () => {
    const { page, problems, handlers, asked } = await openForm();
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
    expect(asked).toHaveLength(1);
    await expectWellEverywhere(page, '/ops/replays, confirming');
    await dialog.getByLabel('Type 3 to confirm').fill('3');
    await page.keyboard.press('Enter');
    await page.locator('.replay').first().getByText('completed').waitFor();
    expect(await dialog.count()).toBe(0);
    expect(asked).toHaveLength(2);
    expect(asked[1]).toMatchObject({ handlers: one });
    expect(asked[1]).not.toHaveProperty('dryRun');
    await until('they are handled again', () => site().flaky.handled.length === 6);
    expect(problems).toEqual([]);
  });
});
