import type { EventModelEntry, OlderVersionModel } from '@hyvve-events/catalog-model';
import { SegmentedControl } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { useChanges } from '../../../api/queries/catalog.js';
import { changesOfMajor } from '../../../shared/event-versions.js';
import { Section } from '../../../ui/page.js';
import { useFilters } from '../../../ui/use-address-filter.js';
import { ChangeDetails } from './change-list.js';
import { Conversion } from './conversion.js';
import { SchemaTree } from './schema-tree.js';

interface PayloadProps {
  readonly event: EventModelEntry;
  /** Path of the field that the address names. */
  readonly field: string | undefined;
}

/** The fields of an event's data, in the present version or in an older one. */
export function Payload({ event, field }: PayloadProps) {
  const [{ version }, change] = useFilters(['version']);
  const { type, older = [] } = event;
  const selected = older.find((each) => keyOf(each) === version);
  const name = selected?.payload ?? event.payload;
  return (
    <Section
      title="Payload"
      id="payload"
      note={
        <Link to="/schemas/$name" params={{ name }} className="mono">
          {name}
        </Link>
      }
    >
      {older.length > 0 && (
        <SegmentedControl
          aria-label="Version"
          className="version-choice"
          value={selected === undefined ? '' : keyOf(selected)}
          onChange={(value) => change({ version: value })}
          data={[
            { value: '', label: event.version },
            ...[...older].reverse().map((each) => ({ value: keyOf(each), label: each.version })),
          ]}
        />
      )}
      {selected === undefined ? (
        <>
          <SchemaTree name={name} field={field} page={{ to: '/events/$type', type }} key={type} />
          <Retired event={event} />
        </>
      ) : (
        <>
          <Older event={event} older={selected} />
          <h3>Fields of {selected.version}</h3>
          <SchemaTree name={name} field={undefined} page={{ to: '/schemas/$name' }} key={name} />
        </>
      )}
    </Section>
  );
}

/** The major version as the address names it: a number would be changed to another text. */
function keyOf({ major }: OlderVersionModel): string {
  return `v${major}`;
}

/** What a version means for services, its conversion, and what changed after it. */
function Older({ event, older }: { readonly event: EventModelEntry; readonly older: OlderVersionModel }) {
  const { version, sunset, major } = older;
  const all = event.older ?? [];
  const next = all[all.indexOf(older) + 1]?.version ?? event.version;
  const changes = changesOfMajor(useChanges(), event.type, major);
  return (
    <>
      <p className="notice">
        An older version. Handlers receive its events as {event.version}: the data is converted when it is read.
        {sunset !== undefined && (
          <>
            {' '}
            No service should publish {version} after <b>{sunset}</b>.
          </>
        )}
      </p>
      <h3>
        Conversion from {version} to {next}
      </h3>
      <Conversion older={older} />
      {changes.length > 0 && (
        <>
          <h3>What changed in {next}</h3>
          <ChangeDetails changes={changes} />
        </>
      )}
    </>
  );
}

function Retired({ event: { retired = [] } }: { readonly event: EventModelEntry }) {
  if (retired.length === 0) return null;
  const list = retired.map(({ major, retired: date }) => `${major} (${date})`).join(', ');
  return (
    <p className="muted">
      Retired major versions: {list}. Their events are refused and become dead letters <code>VERSION_RETIRED</code>.
    </p>
  );
}
