import { silentLogger } from '@hyvve-events/runtime';
import { expect, it } from 'vitest';
import { BaseBus } from '../../../../runtime/bus/base-bus.js';

class FailingBus extends BaseBus {
  connected = true;

  constructor() {
    const common = { logger: silentLogger, metrics: undefined, onError: undefined, interceptors: {} };
    super({ ...common, service: 'billing', destination: 'none', maxEventBytes: 1_000, drainMs: 0 });
  }

  health(): never {
    throw new Error('not used');
  }

  protected async join(): Promise<void> {}

  protected onStopping(): void {}

  protected async leave(): Promise<void> {
    throw new Error('cannot leave');
  }

  protected async disconnect(): Promise<void> {
    this.connected = false;
  }

  protected async write(): Promise<never> {
    throw new Error('not used');
  }
}

it('close ends the connections also if the deliveries cannot be ended, and rejects', async () => {
  const bus = new FailingBus();
  await bus.start();
  await expect(bus.stop()).rejects.toThrow('cannot leave');
  expect(bus.connected).toBe(true);
  await expect(bus.close()).rejects.toThrow('cannot leave');
  expect(bus.connected).toBe(false);
});
