import { describe, expect, it } from 'vitest';
import { emitReadme } from '../../../../generator/emit/readme.js';
import { contentsOf } from '../../../../generator/print/modules.js';
import { catalogOf, type EventInput, eventOf } from '../../../support/catalogs/catalogs.js';

function readmeOf(...events: readonly EventInput[]): string {
  const model = catalogOf(events.map(eventOf), []);
  return emitReadme(model, { name: '@acme/events', version: '1.0.0' }, contentsOf(model)).text;
}

describe('the README of a package', () => {
  it('has a row for each event: what it means, how to publish it, how to handle it', () => {
    const readme = readmeOf(
      { type: 'order.order.placed', key: 'OrderPlaced', summary: 'An order was placed.' },
      { type: 'order.order.lost', key: 'OrderLost', title: 'Lost', deprecated: true, version: '1.2.0' },
      { type: 'order.order.answered', key: 'OrderAnswered', reply: true },
    );
    expect(readme).toContain('### order: `@acme/events/order`');
    expect(readme).toContain(
      '| `order.order.placed` 1.0.0 | An order was placed. | `publishOrderPlaced` | `onOrderPlaced` |',
    );
    expect(readme).toContain('| `order.order.lost` 1.2.0 | **Deprecated.** Lost |');
    expect(readme).not.toContain('answered');
  });

  it('texts of the catalog stay in their cell', () => {
    const readme = readmeOf({ type: 'a.b.c', key: 'C', summary: 'Left | right\n\n<script> done' });
    expect(readme).toContain('| `a.b.c` 1.0.0 | Left \\| right &lt;script> done | `publishC` | `onC` |');
  });

  it('publishes the example of an event that is not deprecated', () => {
    const examples = [{ data: { orderId: 'o1' } }];
    const readme = readmeOf(
      { type: 'order.order.a', key: 'First', deprecated: true, examples },
      { type: 'order.order.b', key: 'Second' },
      { type: 'order.order.c', key: 'Third', examples },
    );
    expect(readme).toContain("await publishThird(bus, { orderId: 'o1' }, { tenantId: 'acme' });");
    expect(readme).toContain('async onThird(event)');
  });

  it('without an example, shows only how to handle', () => {
    const readme = readmeOf({ type: 'order.order.b', key: 'Second' });
    expect(readme).toContain('async onSecond(event)');
    expect(readme).not.toContain('## Publish');
  });
});
