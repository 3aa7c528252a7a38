import type { HandlerStatus } from '@hyvve-events/runtime';
import { expectTypeOf, it } from 'vitest';
import type { EventStatus } from '../../../../../admin/web/shared/event-statuses.js';

// The type checker runs it: it fails at `npm run typecheck`.
it('statuses of events are those that the runtime gives deliveries', () => {
  expectTypeOf<EventStatus>().toEqualTypeOf<HandlerStatus['status']>();
});
