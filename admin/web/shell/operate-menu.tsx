import { Button } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useKnownUser } from '../api/queries/identity.js';
import { operations } from '../api/queries/operations.js';
import { signOut } from '../api/token.js';

/** Links to the pages that ask the service, and who is signed in. */
export function OperateMenu() {
  const session = useKnownUser();
  const shared = { activeProps: { className: 'active' }, activeOptions: { includeSearch: false } };
  return (
    <>
      <h2>Operate</h2>
      <ul className="pages">
        {session?.tenantId === undefined && (
          <li>
            <Link to="/ops" {...shared} activeOptions={{ exact: true, includeSearch: false }}>
              Overview
            </Link>
          </li>
        )}
        <li>
          <Link to="/ops/dead-letters" {...shared}>
            Dead letters
          </Link>
        </li>
        <li>
          <Link to="/ops/parked" {...shared}>
            Parked deliveries
          </Link>
        </li>
        <li>
          <Link to="/ops/events" {...shared}>
            Events
          </Link>
        </li>
        <li>
          <Link to="/ops/replays" {...shared}>
            Replays
          </Link>
        </li>
        <li>
          <Link to="/ops/audit" {...shared}>
            Audit
          </Link>
        </li>
      </ul>
      {session !== undefined && <Account {...session} />}
    </>
  );
}

interface AccountProps {
  readonly actor: string;
  readonly role: string;
  readonly tenantId?: string;
}

function Account({ actor, role, tenantId }: AccountProps) {
  const queries = useQueryClient();
  const leave = () => {
    signOut();
    queries.removeQueries({ ...operations, type: 'inactive' });
    // What is on the page is asked for anew, and refused.
    void queries.resetQueries();
  };
  return (
    <div className="account">
      <p>
        <b>{actor}</b>
        <span>
          {role}
          {tenantId !== undefined && ` of ${tenantId}`}
        </span>
      </p>
      <Button size="compact-xs" variant="default" onClick={leave}>
        Sign out
      </Button>
    </div>
  );
}
