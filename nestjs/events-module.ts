import { createEventBus, type EventBus, type Subscription } from '@hyvve-events/runtime';
import type { DynamicModule } from '@nestjs/common';
import { defineModule } from './define-module.js';
import { FeatureSubscriptions } from './feature-subscriptions.js';
import type { EventsModuleAsyncOptions, EventsModuleOptions } from './module-options.js';

/**
 * The event bus of an application: global, started when the application has started, closed by Nest's shutdown hooks
 * (`app.enableShutdownHooks()`).
 */
export class EventsModule {
  /**
   * The bus of the application, on Redis.
   * @throws EventBusError `CONFIG_INVALID`, when the application is created
   */
  static forRoot(options: EventsModuleOptions): DynamicModule {
    return defineModule({ module: EventsModule, options: { useFactory: () => options }, createBus });
  }

  /**
   * As {@link EventsModule.forRoot}, with options that a factory returns, for example from a config service.
   * @throws EventBusError `CONFIG_INVALID`, when the application is created
   */
  static forRootAsync<Injected extends readonly unknown[]>(options: EventsModuleAsyncOptions<Injected>): DynamicModule {
    const { imports = [], inject = [], useFactory } = options;
    // Nest passes the values of `inject`, whose types the parameter has compared with those of the factory.
    const factory = useFactory as (...injected: readonly unknown[]) => ReturnType<typeof useFactory>;
    return defineModule({
      module: EventsModule,
      imports,
      options: { useFactory: factory, inject: [...inject] },
      createBus,
    });
  }

  /** Adds handlers that are functions, as `subscribe` of the generated SDK makes them, to the bus of the application. */
  static forFeature(...subscriptions: readonly (Subscription | readonly Subscription[])[]): DynamicModule {
    const provide = Symbol('@hyvve-events/nestjs: feature');
    return { module: EventsModule, providers: [{ provide, useValue: new FeatureSubscriptions(subscriptions) }] };
  }
}

function createBus({ context: _context, consume: _consume, ...options }: EventsModuleOptions): EventBus {
  return createEventBus(options);
}
