import { Button } from '@mantine/core';
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { type ReactNode, useEffect, useState } from 'react';
import { useDocs } from '../../../api/queries/catalog.js';
import { storedVersionsQuery, versionRegistryQuery } from '../../../api/queries/versions.js';
import { Section } from '../../../ui/page.js';
import { Time } from '../../../ui/time.js';
import { type PublisherOfVersion, storedOf, type VersionUse, versionUse } from './version-use.js';

/** Who publishes and reads which version of an event, and what is stored of each. */
export function VersionsLive({ type }: { readonly type: string }) {
  const event = useDocs().catalog.events.get(type);
  const { data: registry } = useQuery(versionRegistryQuery);
  const stored = useInfiniteQuery(storedVersionsQuery(type));
  const [countsAll, setCountsAll] = useState(false);
  const { hasNextPage, isFetching, fetchNextPage } = stored;
  useEffect(() => {
    if (countsAll && hasNextPage && !isFetching) void fetchNextPage();
  }, [countsAll, hasNextPage, isFetching, fetchNextPage]);
  if (event === undefined || registry === undefined) return null;
  const none = { type, readers: [], publishers: [], published: [], lastDay: [], parked: [] };
  const registered = registry.events.find((each) => each.type === type) ?? none;
  const found = stored.data?.pages.flatMap((page) => page.stored.found) ?? [];
  const last = stored.data?.pages.at(-1)?.stored;
  return (
    <Section title="Versions in use" id="versions">
      <ul className="version-uses">
        {versionUse(event, registered, found).map((use) => (
          <li key={use.major}>
            <h3>{use.label}</h3>
            <dl className="facts-list">
              <Part name="Published by">
                <Publishers of={use.publishers} />
              </Part>
              <Part name="In 24 h">{use.lastDay.toLocaleString()}</Part>
              <Part name="Read by">
                <Readers use={use} />
              </Part>
              <Part name="Stored">
                {last === undefined ? '…' : <Stored counts={storedOf(found, use.major)} type={type} />}
                {use.parked > 0 && (
                  <>
                    {' '}
                    <Link to="/ops/parked">{use.parked.toLocaleString()} waiting</Link>
                  </>
                )}
              </Part>
            </dl>
          </li>
        ))}
      </ul>
      {last?.cursor !== undefined && (
        <p className="muted" role="status">
          Stored events: {last.scanned.toLocaleString()} of {last.total.toLocaleString()} entries counted.{' '}
          <Button variant="default" size="compact-sm" loading={countsAll} onClick={() => setCountsAll(true)}>
            Count all
          </Button>
        </p>
      )}
      {registry.uncounted === 'unknown' && (
        <p className="muted">The events of the last day are still being counted: these figures are too low.</p>
      )}
      {typeof registry.uncounted === 'number' && registry.uncounted > 0 && (
        <p className="muted">
          {registry.uncounted.toLocaleString()} events of the last day, of all types, have no version in these figures:
          a process with an earlier runtime has counted them.
        </p>
      )}
    </Section>
  );
}

function Part({ name, children }: { readonly name: string; readonly children: ReactNode }) {
  return (
    <>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </>
  );
}

function Publishers({ of }: { readonly of: readonly PublisherOfVersion[] }) {
  if (of.length === 0) return 'no service in the last 30 days';
  return (
    <ul>
      {of.map(({ service, version, processes, lastAt }) => (
        <li key={`${service} ${version}`}>
          {service} <span className="muted">{version}</span>
          {processes > 0 && `, ${processes} ${processes === 1 ? 'process' : 'processes'}`}
          {lastAt !== undefined && (
            <span className="muted">
              , last <Time iso={lastAt} />
            </span>
          )}
        </li>
      ))}
    </ul>
  );
}

function Readers({ use: { readers, waitingFor, refusedBy, unknownIn } }: { readonly use: VersionUse }) {
  if (readers.length + waitingFor.length + refusedBy.length + unknownIn.length === 0) return 'no running process';
  return (
    <>
      {readers.join(', ')}
      {waitingFor.length > 0 && (
        <p>
          <span className="mark warn">waits</span> in {waitingFor.join(', ')}: a running build is older
        </p>
      )}
      {refusedBy.length > 0 && (
        <p>
          <span className="mark bad">refused</span> by {refusedBy.join(', ')}: a running build does not convert it
        </p>
      )}
      {unknownIn.length > 0 && (
        <p>
          <span className="mark warn">unknown</span> in {unknownIn.join(', ')}: a process with an earlier runtime does
          not say what it reads
        </p>
      )}
    </>
  );
}

function Stored({ counts, type }: { readonly counts: ReturnType<typeof storedOf>; readonly type: string }) {
  const { stream, unfinished, retry, replay, 'dead-letter': dead } = counts;
  const parts = [
    `${stream.toLocaleString()} ${stream === 1 ? 'entry' : 'entries'}`,
    ...(unfinished > 0 ? [`${unfinished.toLocaleString()} not finished by a group`] : []),
    ...(replay > 0 ? [`${replay.toLocaleString()} in replays`] : []),
    ...(retry > 0 ? [`${retry.toLocaleString()} retries`] : []),
  ];
  return (
    <>
      {parts.join(', ')}
      {dead > 0 && (
        <>
          ,{' '}
          <Link to="/ops/dead-letters" search={{ type }}>
            {dead.toLocaleString()} {dead === 1 ? 'dead letter' : 'dead letters'}
          </Link>
        </>
      )}
    </>
  );
}
