import type { Cluster } from '../../../../answers.js';
import { listOf } from '../../../../support/ranges.js';

/** Which partitions do not reply, and what that means for the figures. */
export function AwayNotice({ cluster: { partitions } }: { readonly cluster: Cluster }) {
  const away = partitions.filter(({ status }) => status === 'away').map(({ partition }) => partition);
  if (away.length === 0) return null;
  return (
    <p className="notice bad" role="alert">
      <span>
        <b>
          {away.length === 1 ? 'Partition' : 'Partitions'} {listOf(away)} {away.length === 1 ? 'does' : 'do'} not reply.
        </b>{' '}
        Events that are stored there wait, and new ones are refused after the publish deadline. Totals are those of the
        other partitions.
      </span>
    </p>
  );
}
