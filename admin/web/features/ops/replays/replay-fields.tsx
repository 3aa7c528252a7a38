import { TextInput } from '@mantine/core';
import type { Consumers } from '../../../../answers.js';
import { Choices, FreeChoices } from './choices.js';
import { type FormProblems, handlerKey, type ReplayForm } from './replay-form.js';

/** Groups and handlers that a replay can deliver to. */
export interface Receivers {
  readonly groups: readonly string[];
  readonly handlers: readonly string[];
}

/** The receivers that the running processes have. Handlers are written by {@link handlerKey}. */
export function receiversOf({ consumers }: Consumers): Receivers {
  const handlers = consumers.flatMap(({ group, handlers: own }) => own.map(({ name }) => handlerKey(group, name)));
  return {
    groups: [...new Set(consumers.map(({ group }) => group))].sort(),
    handlers: [...new Set(handlers)].sort(),
  };
}

interface FieldsProps {
  readonly form: ReplayForm;
  readonly problems: FormProblems;
  readonly onChange: (part: Partial<ReplayForm>) => void;
  /** Types of the catalog and patterns that match them. */
  readonly types: readonly string[];
  /** Undefined for a token that may not see the processes. */
  readonly receivers: Receivers | undefined;
  /** The tenant that the token is bound to; if set, the field is read-only. */
  readonly boundTo: string | undefined;
}

/** The fields of a replay: its events and its receivers. */
export function ReplayFields({ form, problems, onChange, types, receivers, boundTo }: FieldsProps) {
  const time = (name: 'from' | 'to', label: string) => (
    <TextInput
      label={label}
      type="datetime-local"
      step={0.001}
      value={form[name]}
      error={problems[name]}
      onChange={(event) => onChange({ [name]: event.currentTarget.value })}
    />
  );
  const text = (name: 'tenantId' | 'rate', label: string, placeholder: string) => (
    <TextInput
      label={label}
      placeholder={placeholder}
      value={form[name]}
      error={problems[name]}
      autoComplete="off"
      spellCheck={false}
      onChange={(event) => onChange({ [name]: event.currentTarget.value })}
    />
  );
  const names = (name: 'types' | 'groups' | 'handlers', label: string, none: string) => ({
    label,
    none,
    value: form[name],
    typed: form.typed[name],
    error: problems[name],
    onChange: (value: readonly string[]) => onChange({ [name]: value, typed: { ...form.typed, [name]: '' } }),
    onType: (text: string) => {
      if (text !== form.typed[name]) onChange({ typed: { ...form.typed, [name]: text } });
    },
  });
  const noGroup = form.handlers.length === 0 ? 'All groups' : 'Only the single handlers';
  return (
    <div className="replay-fields">
      {time('from', 'From')}
      {time('to', 'To, inclusive')}
      <Choices {...names('types', 'Event types', 'All types')} data={types} />
      {boundTo === undefined ? (
        text('tenantId', 'Tenant', 'All tenants')
      ) : (
        <TextInput label="Tenant" value={boundTo} readOnly description="Your token is bound to this tenant." />
      )}
      {receivers === undefined ? (
        <FreeChoices {...names('groups', 'Groups', noGroup)} />
      ) : (
        <>
          <Choices {...names('groups', 'Groups', noGroup)} data={receivers.groups} />
          <Choices {...names('handlers', 'Single handlers', 'Only those of the groups')} data={receivers.handlers} />
        </>
      )}
      {text('rate', 'Events per second, at most', '1000')}
    </div>
  );
}
