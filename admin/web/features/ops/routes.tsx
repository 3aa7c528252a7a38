import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { root } from '../../root.js';
import { readFilters } from '../../ui/address-filter.js';
import { auditFilterNames } from './audit/audit-filter.js';
import { deadLetterFilterNames } from './dead-letters/dead-letter-filter.js';
import { eventFilterNames } from './events/event-filter.js';
import { parkedFilterNames } from './parked/parked-filter.js';

const getParentRoute = () => root;

const overview = createRoute({
  getParentRoute,
  path: '/ops',
  component: lazyRouteComponent(() => import('./pages/overview.js'), 'OpsOverview'),
});
const cluster = createRoute({
  getParentRoute,
  path: '/ops/cluster',
  component: lazyRouteComponent(() => import('./pages/cluster.js'), 'OpsCluster'),
});
const deadLetters = createRoute({
  getParentRoute,
  path: '/ops/dead-letters',
  validateSearch: readFilters([...deadLetterFilterNames, 'open']),
  component: lazyRouteComponent(() => import('./pages/dead-letters.js'), 'OpsDeadLetters'),
});
const parked = createRoute({
  getParentRoute,
  path: '/ops/parked',
  validateSearch: readFilters(parkedFilterNames),
  component: lazyRouteComponent(() => import('./pages/parked.js'), 'OpsParked'),
});
const events = createRoute({
  getParentRoute,
  path: '/ops/events',
  validateSearch: readFilters(eventFilterNames),
  component: lazyRouteComponent(() => import('./pages/events.js'), 'OpsEvents'),
});
const event = createRoute({
  getParentRoute,
  path: '/ops/events/$id',
  component: lazyRouteComponent(() => import('./pages/event.js'), 'OpsEvent'),
});
const trace = createRoute({
  getParentRoute,
  path: '/ops/traces/$correlationId',
  validateSearch: readFilters(['view', 'only']),
  component: lazyRouteComponent(() => import('./pages/trace.js'), 'OpsTrace'),
});
const replays = createRoute({
  getParentRoute,
  path: '/ops/replays',
  validateSearch: readFilters(['from', 'to', 'type', 'tenantId']),
  component: lazyRouteComponent(() => import('./pages/replays.js'), 'OpsReplays'),
});
const audit = createRoute({
  getParentRoute,
  path: '/ops/audit',
  validateSearch: readFilters(auditFilterNames),
  component: lazyRouteComponent(() => import('./pages/audit.js'), 'OpsAudit'),
});

/** Pages for operators. They need the service, so a static site does not have them. */
export const opsRoutes = [overview, cluster, deadLetters, parked, events, event, trace, replays, audit] as const;
