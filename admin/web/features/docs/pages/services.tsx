import { Link } from '@tanstack/react-router';
import { useDocs } from '../../../api/queries/catalog.js';
import { Page } from '../../../ui/page.js';
import { Inline } from '../../../ui/prose.js';

/** Every application that sends or receives. */
export function Services() {
  const { services } = useDocs().catalog.model;
  return (
    <Page title="Services">
      {services.length === 0 && (
        <p className="empty">
          The catalog names no service. An operation names its own with <code>x-service</code>.
        </p>
      )}
      <ul className="rows">
        {services.map(({ name, title, description, sends, receives }) => (
          <li key={name}>
            <Link to="/services/$name" params={{ name }} className="row-name">
              {name}
            </Link>
            <span className="row-words">
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
