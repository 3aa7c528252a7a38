import { Link } from '@tanstack/react-router';
import { type ReactNode, useEffect } from 'react';

interface PageProps {
  readonly title: string;
  /** Shown instead of the title: types are better read in their own font. */
  readonly heading?: ReactNode;
  /** What the page is one of. */
  readonly breadcrumb?: {
    readonly to: '/ops/events' | '/events' | '/schemas' | '/services' | '/';
    readonly label: string;
  };
  readonly aside?: ReactNode;
  readonly children: ReactNode;
}

/** A page: its title in the tab and as the heading. */
export function Page({ title, heading, breadcrumb, aside, children }: PageProps) {
  useEffect(() => {
    document.title = `${title} · Events`;
  }, [title]);
  return (
    <article className="page">
      <header className="page-head">
        <div>
          {breadcrumb !== undefined && (
            <Link to={breadcrumb.to} className="above">
              {breadcrumb.label}
            </Link>
          )}
          <h1>{heading ?? title}</h1>
        </div>
        {aside}
      </header>
      {children}
    </article>
  );
}

/** A part of a page with a heading. */
export function Section({
  title,
  id,
  note,
  children,
}: {
  readonly title: string;
  readonly id?: string;
  readonly note?: ReactNode;
  readonly children: ReactNode;
}) {
  return (
    <section className="section" id={id}>
      <div className="section-head">
        <h2>{title}</h2>
        {note}
      </div>
      {children}
    </section>
  );
}
