import { Button, Checkbox } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { Parked } from '../../../../answers.js';
import { useDocs } from '../../../api/queries/catalog.js';
import { useSignedInUser } from '../../../api/queries/identity.js';
import { versionRegistryQuery } from '../../../api/queries/versions.js';
import { groupBy } from '../../../shared/group-by.js';
import { Time } from '../../../ui/time.js';
import type { ParkedSet } from './parked-sets.js';

interface SectionProps {
  readonly set: ParkedSet;
  /** Ids of the selected deliveries of all sets. */
  readonly chosen: ReadonlySet<string>;
  readonly onChoose: (ids: readonly string[], isChosen: boolean) => void;
  readonly onDiscard: (delivery: Parked) => void;
}

/** The deliveries that wait for one version: the reason, what to do, and a table. */
export function ParkedSetSection({ set, chosen, onChoose, onDiscard }: SectionProps) {
  const { group, type, version, deliveries } = set;
  const ids = deliveries.map(({ id }) => id);
  const count = ids.filter((id) => chosen.has(id)).length;
  const what = `${type} ${version} for ${group}`;
  return (
    <section className="section parked-set" aria-label={what}>
      <div className="section-head">
        <h2>
          <span className="mono">{type}</span> {version}
        </h2>
        <span className="muted">{group}</span>
      </div>
      <Why {...set} />
      <table className="records parked">
        <caption className="visually-hidden">Parked deliveries of {what}, longest parked first</caption>
        <thead>
          <tr>
            <th scope="col">
              <Checkbox
                size="xs"
                checked={count === ids.length}
                indeterminate={count > 0 && count < ids.length}
                aria-label={`Select all ${ids.length} of ${what}`}
                onChange={(event) => onChoose(ids, event.currentTarget.checked)}
              />
            </th>
            <th scope="col">Parked</th>
            <th scope="col">Event</th>
            <th scope="col" className="wide-only">
              Handler
            </th>
            <th scope="col" className="wide-only">
              Tenant
            </th>
            <th scope="col">
              <span className="visually-hidden">Action</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {deliveries.map((delivery) => (
            <Row
              key={delivery.id}
              delivery={delivery}
              isChosen={chosen.has(delivery.id)}
              onChoose={(isChosen) => onChoose([delivery.id], isChosen)}
              onDiscard={() => onDiscard(delivery)}
            />
          ))}
        </tbody>
      </table>
    </section>
  );
}

/** Why the deliveries are parked, and what to do. */
function Why({ group, type, version, deliveries }: ParkedSet) {
  const { events } = useDocs().catalog;
  const known = events.get(type)?.version;
  const [first] = deliveries;
  return (
    <p className="parked-why">
      <span className="mark warn">{first?.reason}</span> The build of {group} that read{' '}
      {deliveries.length === 1 ? 'it' : 'them'} does not know {version}
      {known === undefined || known === version ? '' : ` (this catalog has ${known})`}.{' '}
      <RunningBuilds group={group} type={type} />
      <b>Deploy a build of {group} that does</b>: it handles the parked deliveries automatically. Discard only
      deliveries that must never be handled.
    </p>
  );
}

/** The versions that the running processes of the group know. A token that is bound to a tenant does not see them. */
function RunningBuilds({ group, type }: Pick<ParkedSet, 'group' | 'type'>) {
  const { tenantId } = useSignedInUser();
  const { data } = useQuery({ ...versionRegistryQuery, enabled: tenantId === undefined });
  if (data === undefined) return null;
  const readers = data.events.find((event) => event.type === type)?.readers ?? [];
  const running = readers.filter((reader) => reader.alive && reader.group === group);
  if (running.length === 0) return <>No process of it runs. </>;
  const byVersion = groupBy(running, ({ version = 'an unknown version' }) => version);
  const builds = [...byVersion].map(([known, { length }]) => {
    return `${known} in ${length} ${length === 1 ? 'process' : 'processes'}`;
  });
  return <>Running: {builds.sort().join(', ')}. </>;
}

interface RowProps {
  readonly delivery: Parked;
  readonly isChosen: boolean;
  readonly onChoose: (isChosen: boolean) => void;
  readonly onDiscard: () => void;
}

function Row({ delivery, isChosen, onChoose, onDiscard }: RowProps) {
  const { eventId, handler, tenantId, parkedAt, replayJobId } = delivery;
  const name = `${eventId} for ${handler}`;
  return (
    <tr>
      <td>
        <Checkbox
          size="xs"
          checked={isChosen}
          aria-label={`Select ${name}`}
          onChange={(event) => onChoose(event.currentTarget.checked)}
        />
      </td>
      <td className="when">
        <Time iso={parkedAt} />
      </td>
      <td>
        <Link to="/ops/events/$id" params={{ id: eventId }} className="mono">
          {eventId}
        </Link>
        {replayJobId !== undefined && <span className="record-id">replay {replayJobId}</span>}
        <span className="narrow-only muted">
          {handler} · {tenantId}
        </span>
      </td>
      <td className="wide-only">{handler}</td>
      <td className="wide-only">{tenantId}</td>
      <td>
        <Button
          size="compact-xs"
          variant="default"
          className="danger"
          aria-label={`Discard ${name}`}
          onClick={onDiscard}
        >
          Discard
        </Button>
      </td>
    </tr>
  );
}
