import { Link } from '@tanstack/react-router';
import { lazy, Suspense } from 'react';
import { useDocs } from '../api/queries/catalog.js';

// Loaded only when it is shown: a static site does not have these pages.
const OperateMenu = lazy(() => import('./operate-menu.js').then((file) => ({ default: file.OperateMenu })));

/** The catalog's title, as a link to the home page. */
export function Title() {
  const { title, version } = useDocs().catalog.model.catalog;
  return (
    <Link to="/" className="brand" title={title}>
      <span className="brand-name">{title}</span>
      <span className="brand-version">{version}</span>
    </Link>
  );
}

/** Links to the pages of the app. */
export function Navigation() {
  const { catalog, site } = useDocs();
  const { domains, events, services, schemas } = catalog.model;
  const shared = { activeProps: { className: 'active' } };
  return (
    <>
      {site.mode === 'service' && (
        <Suspense fallback={<div className="operate-place" />}>
          <OperateMenu />
        </Suspense>
      )}
      {site.mode === 'service' && <h2>Catalog</h2>}
      <ul className="pages">
        <li>
          <Link to="/" {...shared} activeOptions={{ exact: true }}>
            Overview
          </Link>
        </li>
        <li>
          <Link to="/events" {...shared} activeOptions={{ exact: true, includeSearch: false }}>
            Events <span>{events.length}</span>
          </Link>
        </li>
        <li>
          <Link to="/map" {...shared} activeOptions={{ includeSearch: false }}>
            Flow map
          </Link>
        </li>
        <li>
          <Link to="/services" {...shared}>
            Services <span>{services.length}</span>
          </Link>
        </li>
        <li>
          <Link to="/schemas" {...shared}>
            Schemas <span>{schemas.length}</span>
          </Link>
        </li>
        {site.changes && (
          <li>
            <Link to="/changes" {...shared}>
              Changes
            </Link>
          </li>
        )}
        <li>
          <Link to="/document" {...shared}>
            AsyncAPI document
          </Link>
        </li>
      </ul>
      <h2>Domains</h2>
      <ul className="pages">
        {domains.map(({ name }) => (
          <li key={name}>
            <Link to="/domains/$name" params={{ name }} {...shared}>
              <b>{name}</b> <span>{catalog.eventsOf(name).length}</span>
            </Link>
          </li>
        ))}
      </ul>
    </>
  );
}
