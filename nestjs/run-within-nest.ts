import 'reflect-metadata';
import { type HandlerContext, NonRetryableError } from '@hyvve-events/runtime';
import { HttpException } from '@nestjs/common';
import type { ContextId, ExternalContextCreator } from '@nestjs/core';
import { eventScope } from './event-scope.js';

/** What `ExecutionContext.getType()` and `ArgumentsHost.getType()` return for a handler of an event. */
export const eventsContextType = 'events';

const parametersKey = '@hyvve-events/nestjs: parameters';

/** For pipes, an event is a `body` (3) and its context is `custom` (a number without a meaning for Nest). */
const parameters = { '3:0': { index: 0, pipes: [] }, '100:1': { index: 1, pipes: [] } };

/** The contexts of the runs whose guards have allowed them. */
const allowed = new WeakSet<object>();

const parametersFactory = {
  // Called after the guards, when pipes get the arguments.
  exchangeKeyForValue: (type: number, _data: unknown, [event, ctx]: readonly [unknown, HandlerContext]) => {
    allowed.add(ctx);
    return type === 3 ? event : ctx;
  },
};

const enhancers = { guards: true, interceptors: true, filters: true };

/** A provider with methods that are named at run time. */
export type Provider = object & Readonly<Record<string, (...args: unknown[]) => unknown>>;

/** Where a provider's guards, interceptors, pipes and filters come from. */
export interface NestScope {
  readonly creator: ExternalContextCreator;
  /** Of a provider that is created for each event. */
  readonly contextId?: ContextId;
}

/** Runs a method as the handler of an event, within its guards, interceptors, pipes and filters. */
export function runWithinNest(
  provider: Provider,
  method: string,
  { creator, contextId }: NestScope,
): (event: unknown, ctx: HandlerContext) => Promise<void> {
  const callback = provider[method] as Provider[string];
  Reflect.defineMetadata(parametersKey, parameters, provider.constructor, method);
  const run = creator.create(
    provider,
    callback,
    method,
    parametersKey,
    parametersFactory,
    contextId,
    undefined,
    enhancers,
    eventsContextType,
  );
  return (event, ctx) =>
    eventScope.run({ handler: ctx }, async () => {
      try {
        await run(event, ctx);
      } catch (error) {
        throw allowed.has(ctx) ? error : finalRefusal(error);
      }
    });
}

/** A guard's refusal is final: a retry would have the same answer. */
function finalRefusal(error: unknown): unknown {
  const isRefusal = error instanceof HttpException && (error.getStatus() === 401 || error.getStatus() === 403);
  return isRefusal ? new NonRetryableError(`refused: ${error.message}`, { cause: error }) : error;
}
