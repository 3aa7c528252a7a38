import { Button } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useKnownUser } from '../api/queries/identity.js';
import { operations } from '../api/queries/operations.js';
import { signOut } from '../api/token.js';

/** Links to the pages for operators, and the signed-in user. */
export function OperateMenu() {
  const user = useKnownUser();
  const shared = { activeProps: { className: 'active' }, activeOptions: { includeSearch: false } };
  return (
    <>
      <h2>Operate</h2>
      <ul className="pages">
        {user?.tenantId === undefined && (
          <>
            <li>
              <Link to="/ops" {...shared} activeOptions={{ exact: true, includeSearch: false }}>
                Overview
              </Link>
            </li>
            <li>
              <Link to="/ops/cluster" {...shared}>
                Cluster
              </Link>
            </li>
          </>
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
      {user !== undefined && <Account {...user} />}
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
  const onSignOut = () => {
    signOut();
    queries.removeQueries({ ...operations, type: 'inactive' });
    // The queries of the current page are requested again and refused, so the sign-in form appears.
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
      <Button size="compact-xs" variant="default" onClick={onSignOut}>
        Sign out
      </Button>
    </div>
  );
}
