import { Link } from '@tanstack/react-router';
import { useDocs } from '../../../api/queries/catalog.js';
import { descriptionOf } from '../../../shared/describe-schema.js';
import { Page } from '../../../ui/page.js';
import { Inline } from '../../../ui/prose.js';

/** Every schema that an event uses, directly or through other schemas. */
export function Schemas() {
  const { catalog } = useDocs();
  return (
    <Page title="Schemas">
      <ul className="rows">
        {catalog.model.schemas.map(({ name, schema }) => {
          const users = catalog.eventsUsing(name).length;
          return (
            <li key={name}>
              <Link to="/schemas/$name" params={{ name }} className="row-name">
                {name}
              </Link>
              <span className="row-text">
                <Inline text={descriptionOf(schema) ?? ''} />
              </span>
              <span className="row-end">
                {users} {users === 1 ? 'event' : 'events'}
              </span>
            </li>
          );
        })}
      </ul>
    </Page>
  );
}
