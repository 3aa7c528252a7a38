import { createHashHistory, createRoute, createRouter, lazyRouteComponent } from '@tanstack/react-router';
import { opsRoutes } from './ops/routes.js';
import { PageError } from './parts/page-error.js';
import { PageSkeleton } from './parts/page-skeleton.js';
import { root } from './root.js';

const getParentRoute = () => root;
const text = (value: unknown) => (typeof value === 'string' && value !== '' ? value : undefined);
const optional = <Key extends string>(key: Key, value: unknown) => {
  const given = text(value);
  return (given === undefined ? {} : { [key]: given }) as { readonly [name in Key]?: string };
};

const home = createRoute({
  ...{ getParentRoute, path: '/' },
  component: lazyRouteComponent(() => import('./pages/home.js'), 'Home'),
});
const events = createRoute({
  ...{ getParentRoute, path: '/events' },
  validateSearch: (search: Record<string, unknown>) => ({
    ...optional('q', search.q),
    ...optional('domain', search.domain),
    ...optional('tag', search.tag),
  }),
  component: lazyRouteComponent(() => import('./pages/events.js'), 'Events'),
});
const event = createRoute({
  ...{ getParentRoute, path: '/events/$type' },
  validateSearch: (search: Record<string, unknown>) => optional('field', search.field),
  component: lazyRouteComponent(() => import('./pages/event.js'), 'Event'),
});
const schemas = createRoute({
  ...{ getParentRoute, path: '/schemas' },
  component: lazyRouteComponent(() => import('./pages/schemas.js'), 'Schemas'),
});
const schema = createRoute({
  ...{ getParentRoute, path: '/schemas/$name' },
  validateSearch: (search: Record<string, unknown>) => optional('field', search.field),
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
  validateSearch: (search: Record<string, unknown>) => ({
    ...optional('domain', search.domain),
    ...optional('service', search.service),
  }),
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
