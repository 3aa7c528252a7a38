import { expect, it } from 'vitest';
import { expectWellEverywhere } from '../support/browser/axe.js';
import { useBrowser } from '../support/browser/browser.js';
import { useSite } from '../support/browser/site.js';

const pages = [
  ...['/', '/events', '/events?domain=approval', '/events/approval.item.approved', '/events/nothing.of.this.name'],
  ...['/schemas', '/schemas/ApprovalDecisionPayload', '/services', '/services/approvals', '/domains/approval'],
  ...['/map', '/map?service=crm', '/changes', '/document'],
];

const site = useSite();
const open = useBrowser();

it('every page: accessible, not wider than the window, no requests to other hosts, in both themes and widths', async () => {
  const { page, problems } = await open();
  for (const path of pages) {
    await page.goto(site().page(path));
    await expectWellEverywhere(page, path);
  }
  expect(problems).toEqual([]);
});
