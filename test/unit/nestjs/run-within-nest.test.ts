import { createEventSubscriber, EventPublisher, eventsContextType, getEventBusToken } from '@hyvve-events/nestjs';
import { EventsTestingModule } from '@hyvve-events/nestjs/testing';
import { silentLogger } from '@hyvve-events/runtime';
import type { MemoryBus } from '@hyvve-events/runtime/testing';
import { type EventOf, subscribe } from '@hyvve-events/sdk';
import { publishApprovalApproved } from '@hyvve-events/sdk/approval';
import { sampleApprovalApproved } from '@hyvve-events/sdk/samples/approval';
import {
  type ArgumentsHost,
  type CallHandler,
  Catch,
  Controller,
  type ExecutionContext,
  ForbiddenException,
  Inject,
  Param,
  Post,
  SetMetadata,
  type Type,
  UseFilters,
  UseGuards,
  UseInterceptors,
  UsePipes,
} from '@nestjs/common';
import { APP_GUARD, NestFactory } from '@nestjs/core';
import { map } from 'rxjs';
import { afterEach, describe, expect, it } from 'vitest';
import { until } from '../../support/wait.js';

type Approved = EventOf<'approval.item.approved'>;
const EventSubscriber = createEventSubscriber(subscribe);
let calls: string[] = [];
let close = async () => {};
afterEach(async () => {
  calls = [];
  await close();
});

/** Runs the handlers of a class for one event: the events that are dead letters then. */
async function deliverTo(provider: Type) {
  const testing = EventsTestingModule.forRoot({ service: 'test', logger: silentLogger });
  const app = await NestFactory.createApplicationContext(
    { module: class {}, imports: [testing], providers: [provider] },
    { logger: false, abortOnError: false },
  );
  close = () => app.close();
  const bus = app.get<MemoryBus>(getEventBusToken());
  await publishApprovalApproved(bus, sampleApprovalApproved(), { tenantId: 'acme' });
  await bus.idle();
  return { bus, dead: (await bus.deadLetters.list()).items };
}

describe('guards', () => {
  class Tenants {
    canActivate(context: ExecutionContext) {
      const [event, { handler }] = context.getArgs();
      const allowed: unknown = Reflect.getMetadata('tenants', context.getHandler());
      calls.push(`${context.getType<string>() === eventsContextType} ${handler} ${context.getClass().name}`);
      return Array.isArray(allowed) && allowed.includes(event.tenantId);
    }
  }

  it('see the event, its context and the metadata of the method; a refusal is a dead letter without a retry', async () => {
    @UseGuards(Tenants)
    class Guarded {
      @EventSubscriber('approval.item.approved')
      @SetMetadata('tenants', ['acme'])
      allowed() {
        calls.push('allowed');
      }
      @EventSubscriber('approval.item.approved', { priority: 200 })
      @SetMetadata('tenants', ['globex'])
      refused() {
        calls.push('refused');
      }
    }
    const { dead } = await deliverTo(Guarded);
    expect(calls).toEqual(['true Guarded.allowed Guarded', 'allowed', 'true Guarded.refused Guarded']);
    expect(dead).toMatchObject([{ handler: 'Guarded.refused', reason: 'NON_RETRYABLE' }]);
  });

  it('the same error from the method itself is retried', async () => {
    class Forbidden {
      @EventSubscriber('approval.item.approved', { maxRetries: 1 })
      handle() {
        calls.push('run');
        throw new ForbiddenException();
      }
    }
    const { bus, dead } = await deliverTo(Forbidden);
    expect(dead).toEqual([]);
    await bus.advance(120_000);
    await bus.idle();
    expect(calls).toEqual(['run', 'run']);
  });
});

describe('interceptors, pipes and filters', () => {
  it('an interceptor is around the method, a pipe changes its event, `this` is the provider', async () => {
    class Around {
      intercept(_context: ExecutionContext, next: CallHandler) {
        calls.push('before');
        return next.handle().pipe(map(() => calls.push('after')));
      }
    }
    class Title {
      transform(value: Approved, { type }: { readonly type: string }) {
        return type === 'body' ? { ...value, data: { ...value.data, title: 'changed' } } : value;
      }
    }
    @UseInterceptors(Around)
    class Intercepted {
      readonly #name = 'own';
      @EventSubscriber('approval.item.approved')
      @UsePipes(Title)
      async handle(event: Approved, { tenantId }: { readonly tenantId: string }) {
        calls.push(`${this.#name} ${event.data.title} ${tenantId}`);
      }
    }
    await deliverTo(Intercepted);
    expect(calls).toEqual(['before', 'own changed acme', 'after']);
  });

  it('a filter that returns a value or a promise completes the event; after one that throws or returns nothing, the run has failed', async () => {
    @Catch(RangeError)
    class Accepts {
      async catch(error: RangeError, host: ArgumentsHost) {
        calls.push(`${host.getType()} ${error.message}`);
      }
    }
    @Catch()
    class Replaces {
      catch() {
        throw new Error('replaced');
      }
    }
    @Catch()
    class Nothing {
      catch() {}
    }
    class Filtered {
      @EventSubscriber('approval.item.approved', { maxRetries: 0 })
      @UseFilters(Accepts)
      accepted() {
        throw new RangeError('accepted');
      }
      @EventSubscriber('approval.item.approved', { maxRetries: 0 })
      @UseFilters(Replaces)
      replaced() {
        throw new Error('original');
      }
      @EventSubscriber('approval.item.approved', { maxRetries: 0 })
      @UseFilters(Nothing)
      failed() {
        throw new Error('failed');
      }
    }
    const { dead } = await deliverTo(Filtered);
    expect(calls).toEqual(['events accepted']);
    const failures = dead.map(({ handler, error }) => `${handler} ${error?.message}`);
    expect(failures.sort()).toEqual(['Filtered.failed failed', 'Filtered.replaced replaced']);
  });
});

describe('requests', () => {
  it('the publisher has the tenant, user and correlation id of the request, after its guards', async () => {
    class Login {
      canActivate(context: ExecutionContext) {
        const request = context.switchToHttp().getRequest();
        request.user = { id: `usr_${request.params.tenant}` };
        return true;
      }
    }
    const running = new Set<string>();
    @Controller()
    class Approvals {
      constructor(readonly events: EventPublisher) {}
      @Post('/:tenant')
      async approve(@Param('tenant') tenant: string) {
        running.add(tenant);
        await until('the other request runs', () => running.size === 2);
        await publishApprovalApproved(this.events, sampleApprovalApproved());
        return { tenant: this.events.tenantId };
      }
    }
    Inject(EventPublisher)(Approvals, undefined, 0);
    const testing = EventsTestingModule.forRoot({
      service: 'test',
      context: (request) => {
        const { params, user, headers } = request.switchToHttp().getRequest();
        return { tenantId: params.tenant, userId: user.id, correlationId: headers['x-request-id'] };
      },
    });
    const providers = [{ provide: APP_GUARD, useClass: Login }];
    const app = await NestFactory.create(
      { module: class {}, imports: [testing], controllers: [Approvals], providers },
      { logger: false, abortOnError: false },
    );
    close = () => app.close();
    await app.listen(0, '127.0.0.1');
    const url = await app.getUrl();
    const post = async (tenant: string) => {
      const answer = await fetch(`${url}/${tenant}`, { method: 'POST', headers: { 'x-request-id': `req_${tenant}` } });
      return answer.json();
    };
    expect(await Promise.all(['acme', 'globex'].map(post))).toEqual([{ tenant: 'acme' }, { tenant: 'globex' }]);
    const bus = app.get<MemoryBus>(getEventBusToken());
    const published = bus.published.map(({ tenantId, userId, correlationId }) => [tenantId, userId, correlationId]);
    expect(published.sort()).toEqual([
      ['acme', 'usr_acme', 'req_acme'],
      ['globex', 'usr_globex', 'req_globex'],
    ]);
  });
});
