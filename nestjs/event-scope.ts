import { AsyncLocalStorage } from 'node:async_hooks';
import type { HandlerContext } from '@hyvve-events/runtime';
import type { ExecutionContext } from '@nestjs/common';

/** What runs at present: a handler of an event, or a request. */
export type EventScope = { readonly handler: HandlerContext } | { readonly request: ExecutionContext };

/** What the code that runs at present belongs to. */
export const eventScope = new AsyncLocalStorage<EventScope>();
