import { createEventBus, type HandlerContext, silentLogger } from '@hyvve-events/runtime';
import { Accounts } from './accounts.js';
import { type EventOf, MoneyDeposited, subscribe } from './sdk/index.js';

// Books deposits and withdrawals. Run it in several processes: with `order: 'key'`, the events of one account are handled one after
// another, in the order in which they were published, and each withdrawal sees the balance of its time. ORDER=none shows the difference.
const url = process.env.REDIS_URL ?? 'redis://127.0.0.1:6379';
const order = process.env.ORDER === 'none' ? 'none' : 'key';
const accounts = new Accounts(url);
const bus = createEventBus({ service: 'accounts', redis: url, logger: silentLogger });

// One handler for both types: order is kept within a handler, not between two.
bus.subscribe(
  subscribe('bank.*', { name: 'balance', order, retryDelaysMs: [1_000] }, async (event, ctx) => {
    if (event.unknown !== true) await book(event, ctx);
  }),
);

async function book(event: EventOf<'bank.*'>, { attempt }: HandlerContext): Promise<void> {
  const { accountId, amount } = event.data;
  // A process that crashed after it wrote the booking leaves the event to another one.
  if (await accounts.has(accountId, event.id)) return;
  if (event.type === MoneyDeposited.type) {
    if (amount === 100 && attempt === 1)
      throw new Error('the first deposit fails once, as if the database could not be reached');
    return accounts.book(accountId, event.id, amount);
  }
  const isCovered = (await accounts.balance(accountId)) >= amount;
  await accounts.book(accountId, event.id, isCovered ? -amount : 0);
}

await bus.start();
console.log('started');
process.once('SIGTERM', async () => {
  await bus.close();
  accounts.close();
});
