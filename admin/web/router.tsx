import { createHashHistory, createRoute, createRouter, lazyRouteComponent } from '@tanstack/react-router';
import { readFilters } from './data/filters.js';
import { opsRoutes } from './ops/routes.js';
import { PageError } from './parts/page-error.js';
import { PageSkeleton } from './parts/page-skeleton.js';
import { root } from './root.js';

const getParentRoute = () => root;
const home = createRoute({
  ...{ getParentRoute, path: '/' },
  component: lazyRouteComponent(() => import('./pages/home.js'), 'Home'),
});
const events = createRoute({
  ...{ getParentRoute, path: '/events' },
  validateSearch: readFilters(['q', 'domain', 'tag']),
  component: lazyRouteComponent(() => import('./pages/events.js'), 'Events'),
});
const event = createRoute({
  ...{ getParentRoute, path: '/events/$type' },
  validateSearch: readFilters(['field']),
  component: lazyRouteComponent(() => import('./pages/event.js'), 'Event'),
});
const schemas = createRoute({
  ...{ getParentRoute, path: '/schemas' },
  component: lazyRouteComponent(() => import('./pages/schemas.js'), 'Schemas'),
});
const schema = createRoute({
  ...{ getParentRoute, path: '/schemas/$name' },
  validateSearch: readFilters(['field']),
  component: lazyRouteComponent(() => import('./pages/schema.js'), 'Schema'),
});
const services = createRoute({
  ...{ getParentRoute, path: '/services' },
  component: lazyRouteComponent(() => import('./pages/services.js'), 'Services'),
});
const service = createRoute({
  ...{ getParentRoute, path: '/services/$name' },
  component: lazyRouteComponent(() => import('./pages/service.js'), 'Service'),
});
const domain = createRoute({
  ...{ getParentRoute, path: '/domains/$name' },
  component: lazyRouteComponent(() => import('./pages/domain.js'), 'Domain'),
});
const map = createRoute({
  ...{ getParentRoute, path: '/map' },
  validateSearch: readFilters(['domain', 'service']),
  component: lazyRouteComponent(() => import('./pages/flow-map.js'), 'FlowMap'),
});
const changes = createRoute({
  ...{ getParentRoute, path: '/changes' },
  component: lazyRouteComponent(() => import('./pages/changes.js'), 'Changes'),
});
const document = createRoute({
  ...{ getParentRoute, path: '/document' },
  component: lazyRouteComponent(() => import('./pages/document.js'), 'Document'),
});

const routeTree = root.addChildren([
  ...[home, events, event, schemas, schema, services, service, domain, map, changes, document],
  ...opsRoutes,
]);

/** Addresses are after the `#`, so that any file server can serve every page. */
export const router = createRouter({
  routeTree,
  history: createHashHistory(),
  defaultPreload: 'intent',
  defaultPendingComponent: PageSkeleton,
  defaultErrorComponent: PageError,
});

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router;
  }
}
