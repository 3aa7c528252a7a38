import { Button, SegmentedControl } from '@mantine/core';
import { useMemo, useState } from 'react';
import type { DeadLetter } from '../../../../answers.js';
import { useDocs } from '../../../api/queries/catalog.js';
import { standaloneSchema } from '../../../shared/standalone-schema.js';
import { DataEditor, parsedData } from '../edit/data-editor.js';
import { JsonDiff } from '../edit/json-diff.js';
import { violationsOf } from '../violations.js';
import { ActionProblem } from './action-problem.js';
import { dataOf, editForms } from './editable.js';

interface EditProps {
  readonly letter: DeadLetter;
  readonly isSending: boolean;
  /** Why the service refused the data; null if it did not. */
  readonly error: Error | null;
  readonly onSend: (data: unknown) => void;
  /** Called when the text changes after it was refused. */
  readonly onEdit: () => void;
  readonly onBack: () => void;
}

const pretty = (value: unknown) => JSON.stringify(value, undefined, 2);

/** Edits the data for the failed handler, shows the differences, and sends it. */
export function EditAndRetry({ letter, isSending, error, onSend, onEdit, onBack }: EditProps) {
  const { catalog } = useDocs();
  const forms = useMemo(() => editForms(letter, catalog.events.get(letter.type)), [letter, catalog]);
  const [version, setVersion] = useState<string>();
  const form = forms.find((each) => each.version === version) ?? forms[0];
  const before = useMemo(() => pretty(form === undefined ? dataOf(letter) : form.data), [letter, form]);
  const [text, setText] = useState(before);
  const [isComparing, setComparing] = useState(false);
  const payload = form?.payload;
  const schema = useMemo(
    () => (payload === undefined ? undefined : standaloneSchema(payload, catalog)),
    [payload, catalog],
  );
  const refused = useMemo(() => violationsOf(error), [error]);
  // Violations that the service found are marked in the editor.
  const isEditing = !isComparing || refused.length > 0;
  const value = parsedData(text);
  const after = value === undefined ? text : pretty(value.data);
  if (!isEditing) {
    return (
      <section className="letter-part" aria-label="Changes">
        <h3>Changes</h3>
        <ActionProblem error={error} />
        {after === before ? (
          <p className="notice warn">Nothing has changed. Retry without editing: the event keeps its id.</p>
        ) : (
          <JsonDiff label="The data before and after" before={before} after={after} />
        )}
        <p className="muted">
          The data is sent as a new event, caused by this one, only for {letter.handler} of {letter.group}.
        </p>
        <div className="letter-actions">
          <Button disabled={after === before} loading={isSending} onClick={() => onSend(value?.data)} data-autofocus>
            Send
          </Button>
          <Button variant="default" onClick={() => setComparing(false)}>
            Edit further
          </Button>
        </div>
      </section>
    );
  }
  return (
    <section className="letter-part" aria-label="Edit the data">
      <h3>Edit the data</h3>
      {refused.length > 0 && (
        <p className="notice bad" role="alert">
          The service refused the data: it does not match the schema of {letter.type}.
        </p>
      )}
      {forms.length > 1 && (
        <SegmentedControl
          aria-label="Version of the data"
          className="version-choice"
          value={form?.version ?? ''}
          onChange={(chosen) => {
            setVersion(chosen);
            setText(pretty(forms.find((each) => each.version === chosen)?.data));
            onEdit();
          }}
          data={forms.map((each, index) => ({
            value: each.version,
            label: index === 0 ? `${each.version}, as written` : `${each.version}, as handlers receive it`,
          }))}
        />
      )}
      <DataEditor
        key={form?.version}
        label={`Data of ${letter.type}`}
        text={text}
        schema={schema}
        refused={refused}
        onChange={(changed) => {
          setText(changed);
          if (error !== null) {
            setComparing(false);
            onEdit();
          }
        }}
      />
      <div className="letter-actions">
        <Button disabled={value === undefined} onClick={() => (error === null ? setComparing(true) : onEdit())}>
          Compare
        </Button>
        <Button variant="default" onClick={onBack}>
          Cancel
        </Button>
      </div>
    </section>
  );
}
