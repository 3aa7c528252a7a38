import { createEventBus, type HandlerContext } from '@hyvve-events/runtime';
import { type ApprovalApprovedEvent, approvalHandlers } from '@hyvve-events/sdk/approval';

// A process that a process manager may stop with SIGTERM and start again at any time: no event is lost. At a signal, reading ends, and the
// events that were read have `drainMs` to finish: none of these is handled twice. What is left then goes back to the group and runs again.
const bus = createEventBus({
  service: 'mailer',
  redis: process.env.REDIS_URL ?? 'redis://127.0.0.1:6379',
  closeOn: ['SIGTERM', 'SIGINT'],
  // Longer than the handlers of all events that it reads ahead (`concurrency`).
  drainMs: 20_000,
  concurrency: 2,
});
bus.subscribe(approvalHandlers({ onApprovalApproved: sendMail }));

async function sendMail({ data }: ApprovalApprovedEvent, { attempt }: HandlerContext): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, 50));
  console.log(`sent ${data.approvalId}, attempt ${attempt}`);
}

await bus.start();
console.log('started');
