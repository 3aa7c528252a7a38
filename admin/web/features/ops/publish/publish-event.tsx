import '../dead-letters.css';
import { Button, TextInput } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useMemo, useState } from 'react';
import { ApiError } from '../../../api/client.js';
import { useDocs } from '../../../api/queries/catalog.js';
import { publishEvent, requestSample } from '../../../api/queries/development.js';
import { standaloneSchema } from '../../../shared/standalone-schema.js';
import { Section } from '../../../ui/page.js';
import { DataEditor, parsedData } from '../edit/data-editor.js';
import { violationsOf } from '../violations.js';

/** The text of the editor. Its number changes when another text replaces it: the editor then begins again. */
interface Draft {
  readonly text: string;
  readonly number: number;
}

const pretty = (value: unknown) => JSON.stringify(value, undefined, 2);

/** Whether the service may have written the event: its answer is missing, or it does not know itself. */
function hasUnknownOutcome(error: Error): boolean {
  return error instanceof ApiError && (error.code === 'OUTCOME_UNKNOWN' || error.code === 'AWAY');
}

/** Publishes an event of a type by hand, with an example or generated data that can be edited. */
export function PublishEvent({ type, tenantId: ownTenant }: { readonly type: string; readonly tenantId?: string }) {
  const { catalog } = useDocs();
  const event = catalog.events.get(type);
  const examples = event?.examples ?? [];
  const [draft, setDraft] = useState<Draft>({ text: pretty(examples[0]?.data ?? {}), number: 0 });
  const [tenantId, setTenantId] = useState(ownTenant ?? 'dev');
  const payload = event?.payload;
  const schema = useMemo(
    () => (payload === undefined ? undefined : standaloneSchema(payload, catalog)),
    [payload, catalog],
  );
  const publish = useMutation({ mutationFn: publishEvent });
  const replaceText = (data: unknown) => {
    setDraft(({ number }) => ({ text: pretty(data), number: number + 1 }));
    publish.reset();
  };
  const sample = useMutation({
    mutationFn: () => requestSample(type, Math.floor(Math.random() * 2 ** 31)),
    onSuccess: (data) => data !== undefined && replaceText(data),
  });
  const value = parsedData(draft.text);
  const refused = useMemo(() => violationsOf(publish.error), [publish.error]);
  const error = sample.error ?? publish.error;
  return (
    <Section title="Publish" id="publish" note="only under hyvve-events dev">
      <TextInput
        label="Tenant"
        value={tenantId}
        disabled={ownTenant !== undefined}
        onChange={({ currentTarget }) => setTenantId(currentTarget.value)}
        maw={260}
        mb="sm"
      />
      <DataEditor
        key={draft.number}
        label={`Data of ${type}`}
        text={draft.text}
        schema={schema}
        refused={refused}
        onChange={(text) => {
          setDraft(({ number }) => ({ text, number }));
          publish.reset();
        }}
      />
      <div className="letter-actions">
        <Button
          disabled={value === undefined || tenantId.trim() === ''}
          loading={publish.isPending}
          onClick={() => publish.mutate({ type, tenantId: tenantId.trim(), data: value?.data })}
        >
          Publish
        </Button>
        <Button variant="default" loading={sample.isPending} onClick={() => sample.mutate()}>
          Generate data
        </Button>
        {examples.map(({ name = 'example', data }, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: the names of examples may be missing or equal.
          <Button key={index} variant="subtle" onClick={() => replaceText(data)}>
            Example {name}
          </Button>
        ))}
      </div>
      <div role="status">
        {publish.data !== undefined && (
          <p className="notice good">
            <span>Published.</span>
            <Link to="/ops/events/$id" params={{ id: publish.data.id }} className="mono">
              {publish.data.id}
            </Link>
          </p>
        )}
        {sample.isSuccess && sample.data === undefined && (
          <p className="notice warn">No valid data was found: add an example to the catalog.</p>
        )}
      </div>
      {error !== null && (
        <p className="notice bad" role="alert">
          {hasUnknownOutcome(error) ? 'The event may have been published.' : 'Nothing was published.'} {error.message}
        </p>
      )}
    </Section>
  );
}
