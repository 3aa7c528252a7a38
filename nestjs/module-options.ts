import type { EventBusOptions, PublishContext } from '@hyvve-events/runtime';
import type { ExecutionContext, ModuleMetadata } from '@nestjs/common';

/** Options of the module that every kind of bus has. */
export interface AdapterOptions {
  /**
   * Tenant, user and correlation id of a request, for the events that {@link EventPublisher} publishes in it. Called when an event
   * is published, after the guards of the request. Default: none, each publish names its tenant.
   */
  readonly context?: (request: ExecutionContext) => PublishContext;
  /**
   * Whether this process handles events. Default true. With false it only publishes: the subscribers of the application are
   * ignored.
   */
  readonly consume?: boolean;
}

/** Options of `EventsModule.forRoot`: those of the bus and of the module. Signals are handled by Nest's shutdown hooks. */
export interface EventsModuleOptions extends Omit<EventBusOptions, 'closeOn'>, AdapterOptions {}

/** Options of `EventsModule.forRootAsync`: a factory, and the providers that it receives. */
export interface EventsModuleAsyncOptions<Injected extends readonly unknown[] = readonly unknown[]> {
  /** Modules that export the injected providers. Default: none. */
  readonly imports?: NonNullable<ModuleMetadata['imports']>;
  /** Tokens of the arguments of the factory. Default: none. */
  readonly inject?: {
    readonly [Index in keyof Injected]: symbol | string | (abstract new (...args: never[]) => Injected[Index]);
  };
  /** Returns the options. */
  readonly useFactory: (...injected: Injected) => EventsModuleOptions | Promise<EventsModuleOptions>;
}
