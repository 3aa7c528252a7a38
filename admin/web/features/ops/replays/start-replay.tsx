import { Button } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { ask } from '../../../api/client.js';
import { useDocs } from '../../../api/queries/catalog.js';
import { consumersQuery } from '../../../api/queries/consumers.js';
import type { SignedInUser } from '../../../api/queries/identity.js';
import { useRefreshReplays } from '../../../api/queries/replays.js';
import { ConfirmNumber } from '../../../ui/confirm-number.js';
import { Dialog } from '../../../ui/dialog.js';
import { isoTime, localTime } from '../../../ui/local-time.js';
import { CountedEvents, describeReceivers } from './replay-count.js';
import { ReplayFields, receiversOf } from './replay-fields.js';
import { type FormProblems, freshForm, type ReplayBody, type ReplayForm, readForm } from './replay-form.js';

/** Initial values of the form, from a link on another page. */
export interface ReplayHints {
  readonly from?: string;
  readonly to?: string;
  readonly type?: string;
  readonly tenantId?: string;
}

/** Counts the events, then starts the replay after the number was typed. A change of the form requires another count. */
export function StartReplay({ user, hints }: { readonly user: SignedInUser; readonly hints: ReplayHints }) {
  const [form, setForm] = useState(() => formOf(hints, user));
  const [problems, setProblems] = useState<FormProblems>({});
  const [confirming, setConfirming] = useState(false);
  const refresh = useRefreshReplays();
  const count = useMutation({
    mutationFn: (body: ReplayBody) => ask('POST /admin/events/replay', { body: { ...body, dryRun: true } }),
  });
  const start = useMutation({
    mutationFn: (body: ReplayBody) => ask('POST /admin/events/replay', { body }),
    onSuccess: () => {
      setConfirming(false);
      count.reset();
      refresh();
    },
  });
  const consumers = useQuery({ ...consumersQuery, enabled: user.tenantId === undefined });
  const { model } = useDocs().catalog;
  const types = [...new Set(model.events.flatMap(({ type }) => [...patternsOf(type), type]))].sort();
  const change = (part: Partial<ReplayForm>) => {
    setForm((present) => ({ ...present, ...part }));
    setProblems({});
    count.reset();
    start.reset();
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const read = readForm(form);
    if ('problems' in read) setProblems(read.problems);
    else count.mutate(read.body);
  };
  const { data: counted, variables: body } = count;
  const number = (counted?.events ?? 0).toLocaleString();
  const what = `${counted?.complete === false ? 'more than ' : ''}${number} ${number === '1' ? 'event' : 'events'}`;
  return (
    <>
      <form className="replay-form" onSubmit={submit} noValidate>
        <ReplayFields
          form={form}
          problems={problems}
          types={types}
          onChange={change}
          boundTo={user.tenantId}
          receivers={consumers.data === undefined ? undefined : receiversOf(consumers.data)}
        />
        <div className="replay-actions">
          <Button type="submit" variant={counted === undefined ? 'filled' : 'default'} loading={count.isPending}>
            Count the events
          </Button>
          {counted !== undefined && counted.events > 0 && (
            <Button onClick={() => setConfirming(true)}>Replay {what}</Button>
          )}
        </div>
        {counted !== undefined && <CountedEvents count={counted} />}
        <Problem error={count.error} />
        {start.isSuccess && <p role="status">Replay started. Its progress is shown below.</p>}
      </form>
      <Dialog opened={confirming && body !== undefined} onClose={() => setConfirming(false)} label={`Replay ${what}`}>
        {counted !== undefined && body !== undefined && (
          <ConfirmNumber
            number={counted.events}
            action="Replay"
            cancel="Cancel"
            busy={start.isPending}
            problem={<Problem error={start.error} />}
            onConfirm={() => start.mutate(body)}
            onClose={() => setConfirming(false)}
          >
            <p>
              Delivers <b>{what}</b> again to {describeReceivers(counted)}.
            </p>
          </ConfirmNumber>
        )}
      </Dialog>
    </>
  );
}

function Problem({ error }: { readonly error: Error | null }) {
  if (error === null) return null;
  return (
    <p className="problem" role="alert">
      {error.message}
    </p>
  );
}

const usualHours = 24;

function formOf({ from, to, type, tenantId }: ReplayHints, user: SignedInUser): ReplayForm {
  const time = (value: string | undefined, fallback: string) => {
    const iso = isoTime(value ?? '');
    return iso === undefined ? fallback : localTime(new Date(iso));
  };
  const fresh = freshForm(usualHours);
  return {
    ...fresh,
    from: time(from, fresh.from),
    to: time(to, fresh.to),
    types: type === undefined ? [] : [type],
    tenantId: user.tenantId ?? tenantId ?? '',
  };
}

/** `a.b.c` is matched by `a.*` and `a.b.*`. */
function patternsOf(type: string): readonly string[] {
  const parts = type.split('.');
  return parts.slice(0, -1).map((_part, index) => `${parts.slice(0, index + 1).join('.')}.*`);
}
