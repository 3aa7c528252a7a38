import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { chromiumArguments, ensureChromium } from './chromium.js';
import { startDemoAdmin } from './demo/admin.js';
import { startPlatform } from './demo/platform.js';
import { playOnce } from './demo/story.js';
import { Timeline } from './demo/timeline.js';
import { ensureRedis } from './ensure-redis.js';
import { startRedis } from './redis-server.js';

const help = `Takes the screenshots of the web app for the README while the services of the demo run.

  npm run screenshots                         writes docs/pictures
  npm run screenshots -- --all /tmp/pages     every page in both themes and widths, for review
  npm run screenshots -- --minutes 1          publishes events for this time first (default 3)
`;

interface Appearance {
  readonly name: string;
  readonly options: BrowserContextOptions;
}

const light: Appearance = {
  name: 'light',
  options: { viewport: { width: 1280, height: 860 }, colorScheme: 'light', deviceScaleFactor: 1 },
};
const dark: Appearance = { name: 'dark', options: { ...light.options, colorScheme: 'dark' } };
const phone: BrowserContextOptions = { viewport: { width: 390, height: 844 }, deviceScaleFactor: 1 };
const appearances: readonly Appearance[] = [
  light,
  dark,
  { name: 'phone-light', options: { ...phone, colorScheme: 'light' } },
  { name: 'phone-dark', options: { ...phone, colorScheme: 'dark' } },
];

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { all: { type: 'string' }, minutes: { type: 'string', default: '3' }, help: { type: 'boolean' } },
  });
  if (values.help) {
    process.stdout.write(help);
    return;
  }
  const minutes = Number(values.minutes);
  if (!(minutes >= 0)) throw new Error(`--minutes must be a number from 0, not ${values.minutes}`);
  await ensureRedis({});
  const executablePath = ensureChromium();
  const redis = await startRedis();
  const platform = await startPlatform(redis.url, 'pictures', new Timeline(false, () => undefined));
  const admin = await startDemoAdmin(redis.url, 'pictures');
  const browser = await chromium.launch({ executablePath, args: [...chromiumArguments] });
  const signedIn = `sessionStorage.setItem('hyvve-events-token', ${JSON.stringify(admin.token)})`;

  /** Opens a page, waits until it is stable, and takes a screenshot. */
  async function take(page: Page, path: string, file: string, whole: boolean): Promise<void> {
    await page.goto(`${admin.address}/#${path}`);
    await page.locator('h1').waitFor();
    await page.locator('[aria-busy], .mantine-Skeleton-root').first().waitFor({ state: 'detached' });
    await page.waitForTimeout(800);
    await page.screenshot({ path: file, fullPage: whole, animations: 'disabled' });
    console.log(file);
  }

  async function open({ options }: Appearance): Promise<Page> {
    const page = await (await browser.newContext(options)).newPage();
    await page.addInitScript(signedIn);
    return page;
  }

  try {
    const end = Date.now() + minutes * 60_000;
    console.log(`… publishing events for ${minutes} minutes`);
    for (let chapter = 1; chapter === 1 || Date.now() < end; chapter += 1) {
      await playOnce(platform, chapter);
      // A varying rate, for realistic charts.
      await sleep(800 + 600 * (chapter % 5));
    }
    await sleep(4_000);
    if (values.all === undefined) {
      await mkdir('docs/pictures', { recursive: true });
      await take(await open(light), '/ops', 'docs/pictures/overview.png', false);
      await take(await open(light), '/events/approval.item.approved', 'docs/pictures/event.png', false);
      return;
    }
    await mkdir(values.all, { recursive: true });
    const [letter] = (await platform.operator.deadLetters.list()).items;
    const correlationId = 'budget_1';
    const paths: Readonly<Record<string, string>> = {
      home: '/',
      events: '/events',
      event: '/events/approval.item.approved',
      schemas: '/schemas',
      schema: '/schemas/ApprovalDecisionPayload',
      services: '/services',
      service: '/services/approvals',
      domain: '/domains/approval',
      map: '/map',
      changes: '/changes',
      document: '/document',
      'ops-overview': '/ops',
      'ops-cluster': '/ops/cluster',
      'ops-dead-letters': '/ops/dead-letters',
      'ops-events': '/ops/events',
      'ops-dead-letter': `/ops/dead-letters?open=${letter?.id}`,
      'ops-event': `/ops/events/${letter?.eventId}`,
      'ops-live': '/ops/events?live=yes',
      'ops-trace': `/ops/traces/${correlationId}`,
      'ops-replays': '/ops/replays',
      'ops-audit': '/ops/audit',
      'ops-parked': '/ops/parked',
    };
    for (const appearance of appearances) {
      const page = await open(appearance);
      for (const [name, path] of Object.entries(paths)) {
        await take(page, path, join(values.all, `${name}-${appearance.name}.png`), name !== 'events');
      }
    }
  } finally {
    await browser.close();
    await admin.close();
    await platform.close();
    await redis.stop();
  }
}

process.exitCode = await main().then(
  () => 0,
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    return 1;
  },
);
