import { describe, expect, it } from 'vitest';
import { token } from '../../support/admin/admin.js';
import { useAdminSite } from '../../support/browser/admin-site.js';
import { expectWellEverywhere } from '../../support/browser/axe.js';

const { site, open } = useAdminSite();

describe('live stream', () => {
  it('an expired token: the page requests another token, and sends no request until then', async () => {
    const { page } = await open({ role: null });
    await page.goto(site().page('/ops'));
    const field = page.getByRole('textbox', { name: 'Token', exact: true });
    let streams = 0;
    page.on('request', (request) => {
      if (request.url().includes('/admin/events/live')) streams += 1;
    });
    await field.fill(await token('admin', undefined, '5s'));
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Overview' }).waitFor();
    await expect.poll(() => streams).toBe(1);
    await field.waitFor();
    await expectWellEverywhere(page, 'an expired token');
    await page.waitForTimeout(1_500);
    expect(streams).toBe(1);
    await field.fill(await token());
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Overview' }).waitFor();
    await expect.poll(() => streams).toBe(2);
  });
});
