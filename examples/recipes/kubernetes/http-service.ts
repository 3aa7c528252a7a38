import { createServer, type IncomingMessage } from 'node:http';
import { createEventBus, EventBusError, type HandlerContext } from '@hyvve-events/runtime';
import {
  ApprovalCreated,
  type ApprovalCreatedEvent,
  approvalHandlers,
  publishApprovalApproved,
} from '@hyvve-events/sdk/approval';

// A service that publishes for HTTP requests and handles events, with probes and a shutdown for Kubernetes (deployment.yaml).
const bus = createEventBus({ service: 'approvals', redis: process.env.REDIS_URL ?? 'redis://127.0.0.1:6379' });
bus.subscribe(approvalHandlers({ onApprovalCreated: decide }));

/** Approves an item, after some work. */
async function decide({ data }: ApprovalCreatedEvent, ctx: HandlerContext): Promise<void> {
  console.log(`deciding ${data.approvalId}`);
  await new Promise((resolve) => setTimeout(resolve, 200));
  const { approvalId, type, title, confidenceScore } = data;
  await publishApprovalApproved(ctx, { approvalId, type, title, confidenceScore, decision: 'approved' });
}

const server = createServer(async (request, response) => {
  const answer = (status: number, body: object) =>
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  const { live, ready, reasons } = bus.health();
  if (request.url === '/live') return answer(live ? 200 : 503, { reasons });
  if (request.url === '/ready') return answer(ready ? 200 : 503, { reasons });
  if (request.method !== 'POST' || request.url !== '/approvals') return answer(404, {});
  try {
    const { id } = await bus.publish(ApprovalCreated, JSON.parse(await bodyOf(request)), { tenantId: 'acme' });
    return answer(202, { id });
  } catch (error) {
    const isCallers = error instanceof SyntaxError || EventBusError.from(error).code === 'VALIDATION_FAILED';
    return answer(isCallers ? 400 : 503, { error: String(error) });
  }
});

async function bodyOf(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const part of request.setEncoding('utf8')) text += part;
  return text;
}

// If Redis cannot be used, this rejects, the process ends with code 1, and Kubernetes starts it again.
await bus.start();
server.listen(Number(process.env.PORT ?? 8080), () => console.log('listening'));

process.once('SIGTERM', async () => {
  // Reading ends, and running handlers finish within `drainMs`. They and HTTP requests can still publish.
  await bus.stop();
  // No new connections; requests in progress get their answers.
  await new Promise((resolve) => server.close(resolve));
  await bus.close();
  console.log('closed');
});
