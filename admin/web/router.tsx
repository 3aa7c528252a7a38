import { createHashHistory, createRoute, createRouter, lazyRouteComponent } from '@tanstack/react-router';
import { opsRoutes } from './features/ops/routes.js';
import { root } from './root.js';
import { PageError } from './shell/page-error.js';
import { readFilters } from './ui/address-filter.js';
import { PageSkeleton } from './ui/page-skeleton.js';

const getParentRoute = () => root;
const home = createRoute({
  getParentRoute,
  path: '/',
  component: lazyRouteComponent(() => import('./features/docs/pages/home.js'), 'Home'),
});
const events = createRoute({
  getParentRoute,
  path: '/events',
  validateSearch: readFilters(['q', 'domain', 'tag']),
  component: lazyRouteComponent(() => import('./features/docs/pages/events.js'), 'Events'),
});
const event = createRoute({
  getParentRoute,
  path: '/events/$type',
  validateSearch: readFilters(['field', 'version']),
  component: lazyRouteComponent(() => import('./event-page.js'), 'EventPage'),
});
const schemas = createRoute({
  getParentRoute,
  path: '/schemas',
  component: lazyRouteComponent(() => import('./features/docs/pages/schemas.js'), 'Schemas'),
});
const schema = createRoute({
  getParentRoute,
  path: '/schemas/$name',
  validateSearch: readFilters(['field']),
  component: lazyRouteComponent(() => import('./features/docs/pages/schema.js'), 'Schema'),
});
const services = createRoute({
  getParentRoute,
  path: '/services',
  component: lazyRouteComponent(() => import('./features/docs/pages/services.js'), 'Services'),
});
const service = createRoute({
  getParentRoute,
  path: '/services/$name',
  component: lazyRouteComponent(() => import('./features/docs/pages/service.js'), 'Service'),
});
const domain = createRoute({
  getParentRoute,
  path: '/domains/$name',
  component: lazyRouteComponent(() => import('./features/docs/pages/domain.js'), 'Domain'),
});
const map = createRoute({
  getParentRoute,
  path: '/map',
  validateSearch: readFilters(['domain', 'service']),
  component: lazyRouteComponent(() => import('./features/docs/pages/flow-map.js'), 'FlowMap'),
});
const changes = createRoute({
  getParentRoute,
  path: '/changes',
  component: lazyRouteComponent(() => import('./features/docs/pages/changes.js'), 'Changes'),
});
const document = createRoute({
  getParentRoute,
  path: '/document',
  component: lazyRouteComponent(() => import('./features/docs/pages/document.js'), 'Document'),
});

const routeTree = root.addChildren([
  home,
  events,
  event,
  schemas,
  schema,
  services,
  service,
  domain,
  map,
  changes,
  document,
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
