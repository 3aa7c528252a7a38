import type { Cluster } from '../../../../answers.js';
import { listOf } from '../../../../support/ranges.js';
import { Time } from '../../../ui/time.js';

type Growths = NonNullable<Cluster['map']>['growths'];

/** A growth under way: how many partitions there will be, and how to end one that was interrupted. */
export function GrowthNotice({ cluster: { map } }: { readonly cluster: Cluster }) {
  if (map?.growing === undefined) return null;
  return (
    <p className="notice warn" role="status">
      A growth from {map.count} to {map.growing} partitions is under way. It usually takes less than a second, and
      publishers wait meanwhile. Services end a growth that was interrupted. If this message stays for some minutes, run{' '}
      <code>hyvve-events-admin partitions grow {map.growing}</code>.
    </p>
  );
}

/** When the number of partitions was changed, and how to change it. */
export function Growths({ cluster: { map, servers } }: { readonly cluster: Cluster }) {
  if (map === undefined) return null;
  const { count, growths, growing } = map;
  return (
    <p className="muted">
      {count === 1 ? 'One partition' : `${count} partitions`}
      {growths.length === 0 ? ', as many as at the start. ' : <History growths={growths} />}
      {growing === undefined && (
        <>
          This page only shows them: their number is doubled on the command line, while services run.{' '}
          {servers.length > 1 && (
            <>
              <code>hyvve-events-admin partitions plan {2 * count}</code> names the slots to move first, and{' '}
            </>
          )}
          <code>hyvve-events-admin partitions grow {2 * count}</code> doubles it.
        </>
      )}
    </p>
  );
}

function History({ growths }: { readonly growths: Growths }) {
  return (
    <>
      . Growths:{' '}
      {growths.map(({ count, at }, index) => (
        <span key={count}>
          {index > 0 && ', '}
          {count / 2} → {count} (<Time iso={at} />)
        </span>
      ))}
      .{' '}
    </>
  );
}

/** The groups that handle events from before a growth first. */
export function InheritingGroups({ cluster: { inheriting } }: { readonly cluster: Cluster }) {
  const groups = [...new Set(inheriting.map(({ group }) => group))];
  return (
    <>
      <p className="muted">
        Ordered handlers finish the events of a key from before a growth, and only then handle its later ones in a new
        partition. These groups have not finished yet; nothing has to be done about it.
      </p>
      <table className="records">
        <caption className="visually-hidden">Groups that handle events from before a growth first</caption>
        <thead>
          <tr>
            <th scope="col">Group</th>
            <th scope="col">Partitions not read yet</th>
            <th scope="col">Keys that wait</th>
          </tr>
        </thead>
        <tbody>
          {groups.map((group) => {
            const own = inheriting.filter((one) => one.group === group);
            const unread = own.filter(({ reads }) => !reads).map(({ partition }) => partition);
            const keys = own.reduce((sum, one) => sum + one.keys, 0);
            return (
              <tr key={group}>
                <th scope="row">{group}</th>
                <td className="number">{unread.length === 0 ? '–' : listOf(unread)}</td>
                <td className="number">{keys === 0 ? '–' : keys.toLocaleString()}</td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </>
  );
}
