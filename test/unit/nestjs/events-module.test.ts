import {
  createEventSubscriber,
  EventHandlers,
  EventPublisher,
  EventsModule,
  getEventBusToken,
  InjectEventBus,
} from '@hyvve-events/nestjs';
import { EventsTestingModule } from '@hyvve-events/nestjs/testing';
import type { EventBus, HandlerContext } from '@hyvve-events/runtime';
import type { MemoryBus } from '@hyvve-events/runtime/testing';
import { subscribe } from '@hyvve-events/sdk';
import {
  type ApprovalApprovedEvent,
  type ApprovalRejectedEvent,
  approvalHandlers,
  publishApprovalApproved,
  publishApprovalRejected,
} from '@hyvve-events/sdk/approval';
import { sampleApprovalApproved, sampleApprovalRejected } from '@hyvve-events/sdk/samples/approval';
import { Inject, Injectable, type ModuleMetadata, Scope } from '@nestjs/common';
import { NestFactory, REQUEST } from '@nestjs/core';
import { afterEach, describe, expect, it } from 'vitest';
import { BusLifecycle } from '../../../nestjs/bus-lifecycle.js';

const EventSubscriber = createEventSubscriber(subscribe);
const acme = { tenantId: 'acme' };
let close = async () => {};
afterEach(() => close());

/** A started application with a bus in memory, and what its handlers have recorded. */
async function startApp(metadata: ModuleMetadata, options: { readonly consume?: boolean } = {}) {
  const testing = EventsTestingModule.forRoot({ service: 'test', ...options });
  const imports = [testing, ...(metadata.imports ?? [])];
  const app = await NestFactory.createApplicationContext(
    { module: class Root {}, ...metadata, imports },
    { logger: false, abortOnError: false },
  );
  close = () => app.close();
  return { app, bus: app.get<MemoryBus>(getEventBusToken()) };
}

describe('@EventSubscriber and @EventHandlers', () => {
  it('subscribe the methods of providers, with their options; one method can have several decorators', async () => {
    const calls: string[] = [];
    @Injectable()
    class Several {
      readonly prefix = 'several';
      @EventSubscriber('approval.item.approved', { name: 'later', priority: 200 })
      @EventSubscriber('approval.item.rejected', { name: 'second' })
      handle(event: ApprovalApprovedEvent | ApprovalRejectedEvent, ctx: HandlerContext) {
        calls.push(`${this.prefix} ${event.type} ${ctx.handler}`);
      }
      @EventSubscriber('approval.item.approved')
      first(_event: ApprovalApprovedEvent, ctx: HandlerContext) {
        calls.push(ctx.handler);
      }
    }
    const { bus } = await startApp({ providers: [Several, { provide: 'alias', useExisting: Several }] });
    await publishApprovalApproved(bus, sampleApprovalApproved(), acme);
    await publishApprovalRejected(bus, sampleApprovalRejected(), acme);
    await bus.idle();
    expect(calls.sort()).toEqual([
      'Several.first',
      'several approval.item.approved later',
      'several approval.item.rejected second',
    ]);
  });

  it('pass `order` to the bus: the runs of one key do not overlap', async () => {
    const running = { ordered: 0, parallel: 0 };
    const most = { ordered: 0, parallel: 0 };
    const run = async (name: keyof typeof running) => {
      running[name] += 1;
      most[name] = Math.max(most[name], running[name]);
      await new Promise(setImmediate);
      running[name] -= 1;
    };
    @Injectable()
    class Ordered {
      @EventSubscriber('approval.item.approved', { order: 'key' })
      ordered() {
        return run('ordered');
      }
      @EventSubscriber('approval.item.approved')
      parallel() {
        return run('parallel');
      }
    }
    const { bus } = await startApp({ providers: [Ordered] });
    const publish = () => publishApprovalApproved(bus, sampleApprovalApproved({ approvalId: 'one' }), acme);
    await Promise.all([publish(), publish()]);
    await bus.idle();
    expect(most).toEqual({ ordered: 1, parallel: 2 });
  });

  it('subscribe the methods of a class that implements a generated interface, inherited methods and fields included', async () => {
    const calls: string[] = [];
    class Base {
      onApprovalApproved(_event: ApprovalApprovedEvent, ctx: HandlerContext) {
        calls.push(`${this.constructor.name} ${ctx.handler}`);
      }
    }
    @EventHandlers(approvalHandlers, { name: 'own' })
    class Approvals extends Base {
      readonly onApprovalRejected = (_event: ApprovalRejectedEvent, ctx: HandlerContext) => {
        calls.push(ctx.handler);
      };
    }
    const { bus } = await startApp({ providers: [Approvals] });
    await publishApprovalApproved(bus, sampleApprovalApproved(), acme);
    await publishApprovalRejected(bus, sampleApprovalRejected(), acme);
    await bus.idle();
    expect(calls.sort()).toEqual(['Approvals own.onApprovalApproved', 'own.onApprovalRejected']);
  });

  it('a decorator above that replaces the method is kept; a method that a subclass replaces has its own decorators', async () => {
    const calls: string[] = [];
    const within = (_target: object, _method: string, descriptor: TypedPropertyDescriptor<() => void>) => {
      const { value } = descriptor;
      descriptor.value = function (this: unknown) {
        calls.push('within');
        value?.call(this);
      };
    };
    class Base {
      @within
      @EventSubscriber('approval.item.approved', { name: 'wrapped' })
      wrapped() {
        calls.push('wrapped');
      }
      @EventSubscriber('approval.item.approved', { name: 'replaced' })
      replaced() {
        calls.push('base');
      }
    }
    class Derived extends Base {
      override replaced() {
        calls.push('derived');
      }
    }
    const { bus } = await startApp({ providers: [Derived] });
    await publishApprovalApproved(bus, sampleApprovalApproved(), acme);
    await bus.idle();
    expect(calls).toEqual(['within', 'wrapped']);
  });

  it('ignore values without a class; a static method is refused', async () => {
    const values = [Object.create(null), Object.create(Object.create(null)), { constructor: undefined }, () => {}];
    const providers = values.map((useValue, index) => ({ provide: `value ${index}`, useValue }));
    await startApp({ providers });
    const decorate = () => EventSubscriber('approval.item.approved')(class {}, 'handle', { value: () => {} });
    expect(decorate).toThrow('not static');
  });

  it('create a request-scoped provider for each event', async () => {
    const calls: string[] = [];
    @Injectable({ scope: Scope.REQUEST })
    class PerEvent {
      readonly #request: { readonly event: ApprovalApprovedEvent; readonly context: HandlerContext };
      #runs = 0;
      constructor(
        @Inject(REQUEST) request: { readonly event: ApprovalApprovedEvent; readonly context: HandlerContext },
      ) {
        this.#request = request;
      }
      @EventSubscriber('approval.item.approved')
      handle(event: ApprovalApprovedEvent) {
        this.#runs += 1;
        calls.push(`${this.#request.event.id === event.id} ${this.#request.context.tenantId} ${this.#runs}`);
      }
    }
    const { bus } = await startApp({ providers: [PerEvent] });
    for (const _ of [1, 2]) await publishApprovalApproved(bus, sampleApprovalApproved(), acme);
    await bus.idle();
    expect(calls).toEqual(['true acme 1', 'true acme 1']);
  });

  it('a class without a method of the interface, and two handlers with one name, end the start', async () => {
    class Empty {}
    EventHandlers(approvalHandlers)(Empty);
    await expect(startApp({ providers: [Empty] })).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
    class Twice {
      @EventSubscriber('approval.item.approved')
      @EventSubscriber('approval.item.rejected')
      handle() {}
    }
    await expect(startApp({ providers: [Twice] })).rejects.toMatchObject({ code: 'HANDLER_DUPLICATE' });
  });
});

describe('EventsModule', () => {
  it('forFeature adds the handlers of a module', async () => {
    const calls: string[] = [];
    const audit = subscribe('*', { name: 'audit' }, ({ type }) => void calls.push(type));
    const { bus } = await startApp({ imports: [EventsModule.forFeature([audit]), EventsModule.forFeature()] });
    await publishApprovalApproved(bus, sampleApprovalApproved(), acme);
    await bus.idle();
    expect(calls).toEqual(['approval.item.approved']);
  });

  it('consume: false ignores the subscribers', async () => {
    const handler = subscribe('*', { name: 'audit' }, () => {});
    const { bus } = await startApp({ imports: [EventsModule.forFeature(handler)] }, { consume: false });
    expect(bus.definitionOf('approval.item.approved')).toBeUndefined();
  });

  it('beforeApplicationShutdown stops the bus, which still publishes; onApplicationShutdown closes it', async () => {
    const handler = subscribe('*', { name: 'audit' }, () => {});
    const { app, bus } = await startApp({ imports: [EventsModule.forFeature(handler)] });
    expect(bus.health().ready).toBe(true);
    const lifecycle = app.get(BusLifecycle);
    await lifecycle.beforeApplicationShutdown();
    expect(bus.health().ready).toBe(false);
    await publishApprovalApproved(bus, sampleApprovalApproved(), acme);
    await lifecycle.onApplicationShutdown();
    await expect(publishApprovalApproved(bus, sampleApprovalApproved(), acme)).rejects.toMatchObject({
      code: 'CLOSED',
    });
  });

  it('@InjectEventBus injects the bus, which app.close() closes', async () => {
    class Publishing {
      constructor(readonly bus: EventBus) {}
    }
    InjectEventBus()(Publishing, undefined, 0);
    const { app, bus } = await startApp({ providers: [Publishing] });
    expect(app.get(Publishing).bus).toBe(bus);
    await app.close();
    await expect(publishApprovalApproved(bus, sampleApprovalApproved(), acme)).rejects.toMatchObject({
      code: 'CLOSED',
    });
  });

  it('wrong options of forRoot and forRootAsync are reported when the application is created', async () => {
    const create = (module: ReturnType<typeof EventsModule.forRoot>) =>
      NestFactory.createApplicationContext(module, { logger: false, abortOnError: false });
    await expect(create(EventsModule.forRoot({ service: 'a b' }))).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
    class Config {
      readonly service = 'a b c';
    }
    const asynchronous = EventsModule.forRootAsync({
      imports: [{ module: class {}, providers: [Config], exports: [Config] }],
      inject: [Config],
      useFactory: async (config: Config) => ({ service: config.service }),
    });
    await expect(create(asynchronous)).rejects.toThrow('a b c');
  });
});

describe('EventPublisher', () => {
  it('publishes in a handler for the tenant of the event, as its consequence', async () => {
    class Reactor {
      constructor(readonly events: EventPublisher) {}
      @EventSubscriber('approval.item.approved')
      async handle(event: ApprovalApprovedEvent) {
        expect(this.events).toMatchObject({ tenantId: 'acme', userId: event.userId });
        await publishApprovalRejected(this.events, sampleApprovalRejected());
      }
    }
    Inject(EventPublisher)(Reactor, undefined, 0);
    const { bus } = await startApp({ providers: [Reactor] });
    const { id } = await publishApprovalApproved(bus, sampleApprovalApproved(), { tenantId: 'acme', userId: 'usr_1' });
    await bus.idle();
    const [, consequence] = bus.published;
    expect(consequence).toMatchObject({
      type: 'approval.item.rejected',
      tenantId: 'acme',
      userId: 'usr_1',
      correlationId: id,
      causationId: id,
    });
  });

  it('elsewhere it needs a tenant', async () => {
    const { app, bus } = await startApp({});
    const events = app.get(EventPublisher);
    await expect(publishApprovalRejected(events, sampleApprovalRejected())).rejects.toMatchObject({
      code: 'CONTEXT_INVALID',
    });
    await publishApprovalRejected(events, sampleApprovalRejected(), acme);
    await publishApprovalRejected(events.withContext(acme), sampleApprovalRejected());
    expect(bus.published).toHaveLength(2);
  });
});
