import { createMemoryBus, type MemoryBusOptions } from '@hyvve-events/runtime/testing';
import type { DynamicModule } from '@nestjs/common';
import { defineModule } from './define-module.js';
import type { AdapterOptions } from './module-options.js';

/** Options of `EventsTestingModule.forRoot`: those of the memory bus and of the module. */
export interface EventsTestingModuleOptions extends MemoryBusOptions, AdapterOptions {}

/**
 * The place of `EventsModule.forRoot` in tests: a bus in memory, with the handlers of the application. The test gets it by
 * `module.get<MemoryBus>(getEventBusToken())`.
 */
export class EventsTestingModule {
  /**
   * A new bus in memory.
   * @throws EventBusError `CONFIG_INVALID`, when the module is compiled
   */
  static forRoot(options: EventsTestingModuleOptions): DynamicModule {
    return defineModule({
      module: EventsTestingModule,
      options: { useFactory: () => options },
      createBus: ({ context: _context, consume: _consume, ...busOptions }: EventsTestingModuleOptions) =>
        createMemoryBus(busOptions),
    });
  }
}
