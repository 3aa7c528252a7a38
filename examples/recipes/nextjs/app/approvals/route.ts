import { createEventBus, type EventBus, EventBusError } from '@hyvve-events/runtime';
import { publishApprovalCreated } from '@hyvve-events/sdk/approval';

// A route handler of Next.js, or another function of a serverless platform, that publishes. It needs TCP, so the runtime is Node.
export const runtime = 'nodejs';

/** The bus of this instance. Next.js loads modules again during development: a variable of the module would open a connection each time. */
const shared = globalThis as { events?: EventBus };

/** A bus that only publishes needs no `start`. It connects with the first publish, and later requests use the same connection. */
function eventBus(): EventBus {
  shared.events ??= createEventBus({ service: 'web', redis: process.env.REDIS_URL ?? 'redis://127.0.0.1:6379' });
  return shared.events;
}

export async function POST(request: Request): Promise<Response> {
  // Of your authentication: a header that every client can set is not a decision about access.
  const tenantId = 'acme';
  try {
    // Resolves after Redis has confirmed the write: the platform may stop the instance after the response.
    const { id } = await publishApprovalCreated(eventBus(), await request.json(), { tenantId });
    return Response.json({ id }, { status: 202 });
  } catch (error) {
    if (error instanceof SyntaxError) return Response.json({ code: 'BODY_INVALID' }, { status: 400 });
    const { code, violations } = EventBusError.from(error);
    return Response.json({ code, violations }, { status: code === 'VALIDATION_FAILED' ? 400 : 503 });
  }
}
