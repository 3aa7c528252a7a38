import { readFile } from 'node:fs/promises';
import type { ChangesFile } from '@hyvve-events/catalog-model';
import { describe, expect, it } from 'vitest';
import { expectFits, expectWell, settled } from '../support/browser/axe.js';
import { useBrowser } from '../support/browser/browser.js';
import { useSite } from '../support/browser/site.js';
import { catalogOf, eventOf, schemaOf } from '../support/catalogs/catalogs.js';

const script = '<script>window.hit = 1</script>';
const image = '<img src=x onerror="window.hit = 1">';
const long = `Very${'Long'.repeat(60)}`;

const events = [
  eventOf({
    type: 'shop.order.placed',
    key: 'OrderPlaced',
    title: script,
    summary: `${image} */ \`${script}\``,
    description: `</style>${script}\n\n[a](javascript:alert(1)) ${long}`,
    tags: [image],
    senders: [image, long],
    receivers: [script],
    payload: 'OrderPayload',
    deprecated: true,
    examples: [{ name: script, summary: image, data: { [script]: `*/ ${image} '` } }],
  }),
  eventOf({ type: `shop.${long.toLowerCase()}.placed`, key: long, payload: 'OrderPayload' }),
  eventOf({ type: 'shop.a/b?c#d%', key: 'Odd', payload: 'OrderPayload', reply: true }),
];
const schemas = [
  schemaOf(
    'OrderPayload',
    {
      type: 'object',
      description: image,
      required: [script],
      properties: {
        [script]: { type: 'string', description: image, pattern: script, default: image, enum: [script, image] },
        [long]: { $ref: '#/$defs/OrderPayload' },
        many: {
          oneOf: [
            { const: script },
            { type: ['string', 'null'] },
            { type: 'array', items: { $ref: '#/$defs/OrderPayload' } },
          ],
        },
      },
    },
    ['OrderPayload'],
  ),
];
const changes: ChangesFile = {
  changesVersion: 1,
  unreleased: [
    {
      type: 'shop.order.placed',
      key: 'OrderPlaced',
      domain: 'shop',
      kind: 'changed',
      from: '1.0.0',
      to: script,
      impact: 'breaking for both',
      against: ['backward', 'forward'],
      isAnnounced: false,
      changes: [{ code: 'TYPE_CHANGED', message: image, path: `$.${script}`, breaks: [], against: [] }],
    },
    {
      type: image,
      key: 'Removed',
      domain: 'shop',
      kind: 'removed',
      from: '1.0.0',
      impact: 'breaking for consumers',
      against: ['forward'],
      isAnnounced: true,
      changes: [],
    },
  ],
  releases: [{ version: script, recordedAt: '2026-01-02T03:04:05.000Z', hash: '0123456789abcdef', events: [] }],
};

const site = useSite(catalogOf(events, schemas), { changes });
const open = useBrowser();

describe('hostile texts in a catalog', () => {
  it('are shown as text on every page, at both widths', async () => {
    const { page, problems } = await open();
    const encoded = encodeURIComponent;
    const paths = ['/', '/events', '/schemas', '/schemas/OrderPayload', '/services', '/map', '/changes', '/document'];
    const ofEvents = events.map(({ type }) => `/events/${encoded(type)}`);
    const ofServices = [image, long, script].map((name) => `/services/${encoded(name)}`);
    for (const path of [...paths, ...ofEvents, ...ofServices, `/domains/shop`]) {
      await page.setViewportSize({ width: 1280, height: 900 });
      await page.goto(site().page(path));
      await settled(page);
      expect(await page.getByText('There is no such').count(), path).toBe(0);
      expect(await page.evaluate("'hit' in window"), path).toBe(false);
      await expectFits(page, path);
      await page.setViewportSize({ width: 390, height: 844 });
      await expectWell(page, path);
    }
    await page.goto(site().page('/events/shop.order.placed'));
    await page.getByText(`${image} */`).first().waitFor();
    await page.goto(site().page('/changes'));
    await page.getByText('breaking for both').waitFor();
    expect(problems).toEqual([]);
  });

  it('are text in Markdown, too', async () => {
    const text = await readFile(`${site().folder}/md/events/shop.order.placed.md`, 'utf8');
    const outsideCode = text.replace(/^(`{3,})[\s\S]*?^\1$/gm, '').replace(/`[^`\n]*`/g, '');
    expect(outsideCode).not.toMatch(/<(script|img)/);
  });
});
