import type { HandlerStatus } from '@hyvve-events/runtime';
import { expectTypeOf, it } from 'vitest';
import type { EventStatus } from '../../../../../admin/web/shared/event-statuses.js';

// The type checker runs it: it fails at `npm run typecheck`.
it('EventStatus: has the same values as the runtime’s status of a handler', () => {
  expectTypeOf<EventStatus>().toEqualTypeOf<HandlerStatus['status']>();
});
