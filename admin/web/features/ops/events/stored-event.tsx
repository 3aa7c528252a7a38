import type { JsonValue } from '@hyvve-events/catalog-model';
import type { ReactNode } from 'react';
import type { WholeEvent } from '../../../../answers.js';
import { useDocs } from '../../../api/queries/catalog.js';
import { knownVersion } from '../../../shared/event-versions.js';
import { JsonTree } from '../../../ui/json-tree.js';

interface StoredEventProps {
  readonly type: string;
  readonly envelope: unknown;
  /** As handlers receive it, if it has an older version. */
  readonly received: WholeEvent['received'];
}

/** An envelope as it is stored and, if it has an older version, next to it as handlers receive it. */
export function StoredEvent({ type, envelope, received }: StoredEventProps) {
  const event = useDocs().catalog.events.get(type);
  const stored = asEnvelope(envelope);
  const version = stored?.version;
  if (event === undefined || stored === undefined || typeof version !== 'string') {
    return <JsonTree value={envelope as JsonValue} />;
  }
  const known = knownVersion(event, version);
  if (known.kind === 'present') return <JsonTree value={stored} />;
  if (known.kind !== 'older') {
    const why =
      known.kind === 'newer'
        ? `Its version, ${version}, is newer than the catalog of this service (${event.version}).`
        : `Its version, ${version}, is retired: services with the version ${event.version} refuse it.`;
    return (
      <>
        <p className="notice">{why}</p>
        <JsonTree value={stored} />
      </>
    );
  }
  return (
    <div className="side-by-side">
      <Side title={`As written: ${version}`}>
        <JsonTree value={stored} />
      </Side>
      <Side title={`As handlers receive it: ${event.version}`}>
        {received?.data !== undefined && (
          <JsonTree
            value={{ ...stored, version: event.version, upcastFrom: version, data: received.data as JsonValue }}
          />
        )}
        {received?.problem !== undefined && <p className="notice warn">{received.problem}</p>}
      </Side>
    </div>
  );
}

function Side({ title, children }: { readonly title: string; readonly children: ReactNode }) {
  return (
    <section aria-label={title}>
      <p className="side-title">{title}</p>
      {children}
    </section>
  );
}

type JsonObject = { readonly [key: string]: JsonValue };

function asEnvelope(value: unknown): JsonObject | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : undefined;
}
