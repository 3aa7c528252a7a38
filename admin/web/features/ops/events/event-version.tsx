import { useDocs } from '../../../api/queries/catalog.js';
import { knownVersion } from '../../../shared/event-versions.js';

interface EventVersionProps {
  readonly type: string;
  /** As in the envelope. */
  readonly version: string;
  /** Whether the present version is not shown. Default: false. */
  readonly onlyOthers?: boolean;
}

/** The version of an event: `1.0.0 → 2.0.0` if its data is converted when it is read. */
export function EventVersion({ type, version, onlyOthers = false }: EventVersionProps) {
  const event = useDocs().catalog.events.get(type);
  const kind = event === undefined ? 'present' : knownVersion(event, version).kind;
  if (kind === 'present') return onlyOthers ? null : version;
  if (kind === 'older') {
    return (
      <span className="mark quiet" title="An older version: its data is converted when it is read">
        {version} → {event?.version}
      </span>
    );
  }
  return (
    <span className="mark warn">
      {version}, {kind === 'newer' ? 'newer than the catalog' : 'retired'}
    </span>
  );
}
