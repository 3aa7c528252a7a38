import { TextInput } from '@mantine/core';
import type { Consumers } from '../../../../answers.js';
import { Choices, FreeChoices } from './choices.js';
import { type FormProblems, handlerKey, type ReplayForm } from './replay-form.js';

/** Who can be asked to handle events again; undefined for a token that may not see who there is. */
export interface Receivers {
  readonly groups: readonly string[];
  readonly handlers: readonly string[];
}

/** What is known of receivers by the processes that are there. */
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
  /** Types of the catalog's and patterns over them. */
  readonly types: readonly string[];
  readonly receivers: Receivers | undefined;
  /** The tenant that the token is bound to; it cannot be changed then. */
  readonly boundTo: string | undefined;
}

/** The fields of a replay: which events, and who gets them. */
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
  const noGroup = form.handlers.length === 0 ? 'All groups' : 'None but the single handlers';
  return (
    <div className="replay-fields">
      {time('from', 'From')}
      {time('to', 'To, inclusive')}
      <Choices {...names('types', 'Event types', 'All types')} data={types} />
      {boundTo === undefined ? (
        text('tenantId', 'Tenant', 'All tenants')
      ) : (
        <TextInput label="Tenant" value={boundTo} readOnly description="The token is bound to it." />
      )}
      {receivers === undefined ? (
        <FreeChoices {...names('groups', 'Groups', noGroup)} />
      ) : (
        <>
          <Choices {...names('groups', 'Groups', noGroup)} data={receivers.groups} />
          <Choices
            {...names('handlers', 'Single handlers', 'None but those of the groups')}
            data={receivers.handlers}
          />
        </>
      )}
      {text('rate', 'Events a second, at most', '1000')}
    </div>
  );
}
