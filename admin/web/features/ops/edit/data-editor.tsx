import type { JsonSchema } from '@hyvve-events/catalog-model';
import { useState } from 'react';
import { JsonEditor } from './json-editor.js';
import { pathOf } from './json-path.js';
import type { Problem } from './schema-problems.js';

interface DataEditorProps {
  readonly label: string;
  /** The initial text; later changes of this prop are ignored. */
  readonly text: string;
  /** Schema for completion and validation; undefined if there is none. */
  readonly schema: JsonSchema | undefined;
  /** Violations that the service found in the text that was sent. */
  readonly refused: readonly Problem[];
  readonly onChange: (text: string) => void;
}

/** An editor for the data of an event, with the list of its violations of the schema. */
export function DataEditor({ label, text, schema, refused, onChange }: DataEditorProps) {
  const [problems, setProblems] = useState<readonly Problem[]>([]);
  const shown = refused.length > 0 ? refused : problems;
  return (
    <>
      <JsonEditor
        label={label}
        text={text}
        schema={schema}
        refused={refused}
        onChange={(changed, found) => {
          setProblems(found);
          onChange(changed);
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
    </>
  );
}

/** The value of a JSON text; undefined if it is not JSON. */
export function parsedData(text: string): { readonly data: unknown } | undefined {
  try {
    return { data: JSON.parse(text) as unknown };
  } catch {
    return undefined;
  }
}
