import { Link } from '@tanstack/react-router';
import { Page } from './page.js';

/** Shown when an address has no page. @param what Kind of the missing thing, such as `event`; default `page`. */
export function NotFound({ what = 'page' }: { readonly what?: string }) {
  return (
    <Page title={`There is no such ${what}`}>
      <p className="lead">
        It may have been renamed or removed since the link was created. Search with <kbd>Ctrl</kbd> <kbd>K</kbd>, or see{' '}
        <Link to="/events">all events</Link>.
      </p>
    </Page>
  );
}
