import { Link } from '@tanstack/react-router';
import { Page } from './page.js';

/** An address that leads nowhere. @param what What was looked for, in words. */
export function NotFound({ what = 'page' }: { readonly what?: string }) {
  return (
    <Page title={`There is no such ${what}`}>
      <p className="lead">
        It may have been renamed or removed since the link was made. Search with <kbd>Ctrl</kbd> <kbd>K</kbd>, or see{' '}
        <Link to="/events">all events</Link>.
      </p>
    </Page>
  );
}
