import type { QueryOf } from '../../../api/client.js';
import { namesOf } from '../../../ui/address-filter.js';

/** Filters of parked deliveries: each parameter of the service's query except those of pages. */
export const parkedFilterNames = namesOf<Exclude<keyof QueryOf<'GET /admin/events/parked'>, 'limit' | 'cursor'>>({
  group: true,
});
