import type { EventBus } from '@hyvve-events/runtime';
import type { DynamicModule, FactoryProvider, Provider, Type } from '@nestjs/common';
import { APP_INTERCEPTOR, DiscoveryModule, DiscoveryService, ExternalContextCreator, ModuleRef } from '@nestjs/core';
import { BusLifecycle } from './bus-lifecycle.js';
import { getEventBusToken } from './event-bus-token.js';
import { createEventPublisher, EventPublisher } from './event-publisher.js';
import type { AdapterOptions } from './module-options.js';
import { RequestInterceptor } from './request-interceptor.js';

const optionsToken = Symbol('@hyvve-events/nestjs: options');

/** How a module gets its options and makes its bus. */
export interface ModuleParts<Options extends AdapterOptions> {
  readonly module: Type;
  readonly imports?: DynamicModule['imports'];
  readonly options: Pick<FactoryProvider<Options>, 'useFactory' | 'inject'>;
  readonly createBus: (options: Options) => EventBus;
}

/** The global module of an application with a bus. */
export function defineModule<Options extends AdapterOptions>(parts: ModuleParts<Options>): DynamicModule {
  const { module, imports = [], options, createBus } = parts;
  const bus = getEventBusToken();
  const providers: Provider[] = [
    { provide: optionsToken, useFactory: options.useFactory, inject: options.inject ?? [] },
    { provide: bus, useFactory: createBus, inject: [optionsToken] },
    { provide: EventPublisher, useFactory: createEventPublisher, inject: [bus, optionsToken] },
    { provide: APP_INTERCEPTOR, useClass: RequestInterceptor },
    {
      provide: BusLifecycle,
      useFactory: (
        eventBus: EventBus,
        read: AdapterOptions,
        discovery: DiscoveryService,
        creator: ExternalContextCreator,
        moduleRef: ModuleRef,
      ) => new BusLifecycle(eventBus, read, { discovery, creator, moduleRef }),
      inject: [bus, optionsToken, DiscoveryService, ExternalContextCreator, ModuleRef],
    },
  ];
  return { module, global: true, imports: [...imports, DiscoveryModule], providers, exports: [bus, EventPublisher] };
}
