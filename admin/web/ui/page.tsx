import { Link } from '@tanstack/react-router';
import { type ReactNode, useEffect } from 'react';

interface PageProps {
  readonly title: string;
  /** Shown instead of the title, for example in another font. */
  readonly heading?: ReactNode;
  /** Link to the list that the page belongs to. */
  readonly breadcrumb?: {
    readonly to: '/ops/events' | '/events' | '/schemas' | '/services' | '/';
    readonly label: string;
  };
  readonly aside?: ReactNode;
  readonly children: ReactNode;
}

/** A page with its title, which is also the title of the browser tab. */
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
