import { Link } from '@tanstack/react-router';
import { useDocs } from '../../../api/queries/catalog.js';
import { Page } from '../../../ui/page.js';
import { Inline } from '../../../ui/prose.js';

/** Every service that sends or receives events. */
export function Services() {
  const { services } = useDocs().catalog.model;
  return (
    <Page title="Services">
      {services.length === 0 && (
        <p className="empty">
          The catalog has no services. Set the service of an operation with <code>x-service</code>.
        </p>
      )}
      <ul className="rows">
        {services.map(({ name, title, description, sends, receives }) => (
          <li key={name}>
            <Link to="/services/$name" params={{ name }} className="row-name">
              {name}
            </Link>
            <span className="row-text">
              <Inline text={description ?? title ?? ''} />
            </span>
            <span className="row-end">
              sends {sends.length}, receives {receives.length}
            </span>
          </li>
        ))}
      </ul>
    </Page>
  );
}
