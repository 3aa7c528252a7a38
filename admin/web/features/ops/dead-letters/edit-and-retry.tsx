import { Button } from '@mantine/core';
import { useMemo, useState } from 'react';
import type { DeadLetter } from '../../../../answers.js';
import { ApiError } from '../../../api/client.js';
import { useDocs } from '../../../api/queries/catalog.js';
import { standaloneSchema } from '../../../shared/standalone-schema.js';
import { JsonDiff } from '../edit/json-diff.js';
import { JsonEditor } from '../edit/json-editor.js';
import { pathOf, pathSteps } from '../edit/json-path.js';
import type { Problem } from '../edit/schema-problems.js';
import { ActionProblem } from './action-problem.js';
import { dataOf } from './editable.js';

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
  const before = useMemo(() => pretty(dataOf(letter)), [letter]);
  const [text, setText] = useState(before);
  const [problems, setProblems] = useState<readonly Problem[]>([]);
  const [isComparing, setComparing] = useState(false);
  const payload = catalog.events.get(letter.type)?.payload;
  const schema = useMemo(
    () => (payload === undefined ? undefined : standaloneSchema(payload, catalog)),
    [payload, catalog],
  );
  const refused = useMemo(() => violationsOf(error), [error]);
  // Violations that the service found are marked in the editor.
  const isEditing = !isComparing || refused.length > 0;
  const value = parsed(text);
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
  const shown = refused.length > 0 ? refused : problems;
  return (
    <section className="letter-part" aria-label="Edit the data">
      <h3>Edit the data</h3>
      {refused.length > 0 && (
        <p className="notice bad" role="alert">
          The service refused the data: it does not match the schema of {letter.type}.
        </p>
      )}
      <JsonEditor
        label={`Data of ${letter.type}`}
        text={text}
        schema={schema}
        refused={refused}
        onChange={(changed, found) => {
          setText(changed);
          setProblems(found);
          if (error !== null) {
            setComparing(false);
            onEdit();
          }
        }}
      />
      {shown.length > 0 && (
        <ul className="edit-problems" aria-label="Violations of the schema">
          {shown.map(({ steps, message }) => (
            <li key={`${pathOf(steps)} ${message}`}>
              <code>{pathOf(steps)}</code> {message}
            </li>
          ))}
        </ul>
      )}
      <p className="muted">Ctrl-Space completes from the schema; Tab leaves the editor.</p>
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

function violationsOf(error: Error | null): readonly Problem[] {
  if (!(error instanceof ApiError)) return [];
  return error.violations.map(({ path, message }) => ({ steps: pathSteps(path), message }));
}

function parsed(text: string): { readonly data: unknown } | undefined {
  try {
    return { data: JSON.parse(text) as unknown };
  } catch {
    return undefined;
  }
}
