import { setTimeout as sleep } from 'node:timers/promises';
import { createEventBus, silentLogger } from '@hyvve-events/runtime';
import { Accounts } from './accounts.js';
import { publishMoneyDeposited, publishWithdrawalRequested } from './sdk/index.js';

// Publishes four events for each account, waits until the workers have booked them, and prints what they booked.
const url = process.env.REDIS_URL ?? 'redis://127.0.0.1:6379';
const accounts = new Accounts(url);
const bus = createEventBus({ service: 'counter', redis: url, logger: silentLogger });

const accountIds = ['anna', 'ben', 'cleo'];
for (const accountId of accountIds) {
  const context = { tenantId: 'acme' };
  await publishMoneyDeposited(bus, { accountId, amount: 100 }, context);
  await publishWithdrawalRequested(bus, { accountId, amount: 80 }, context);
  await publishWithdrawalRequested(bus, { accountId, amount: 50 }, context);
  await publishMoneyDeposited(bus, { accountId, amount: 40 }, context);
}
for (const accountId of accountIds) {
  let bookings = await accounts.bookings(accountId);
  while (bookings.length < 4) {
    await sleep(100);
    bookings = await accounts.bookings(accountId);
  }
  console.log(`${accountId}: ${bookings.join(', ')}. Balance: ${await accounts.balance(accountId)}`);
}
accounts.close();
await bus.close();
