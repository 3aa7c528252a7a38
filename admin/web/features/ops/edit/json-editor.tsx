import { autocompletion, closeBrackets, closeBracketsKeymap, completionKeymap } from '@codemirror/autocomplete';
import { defaultKeymap, history, historyKeymap } from '@codemirror/commands';
import { json, jsonLanguage, jsonParseLinter } from '@codemirror/lang-json';
import { bracketMatching } from '@codemirror/language';
import { type Diagnostic, forceLinting, linter, lintGutter, lintKeymap } from '@codemirror/lint';
import { EditorView, keymap, lineNumbers } from '@codemirror/view';
import type { JsonSchema } from '@hyvve-events/catalog-model';
import { useEffect, useEffectEvent, useRef } from 'react';
import { completeFrom } from './complete.js';
import { editorTheme } from './editor-theme.js';
import { placeOf } from './json-place.js';
import { createProblems, type Problem } from './schema-problems.js';

interface JsonEditorProps {
  readonly label: string;
  /** The initial text; later changes of this prop are ignored. */
  readonly text: string;
  /** Schema for completion and validation; undefined if there is none. */
  readonly schema: JsonSchema | undefined;
  /** Violations that the service found in the text that was sent; shown until the text changes. */
  readonly refused: readonly Problem[];
  /** Called at each change with the text and its violations of the schema. */
  readonly onChange: (text: string, problems: readonly Problem[]) => void;
}

/** An editor for JSON. It completes from the schema and marks violations in place. Tab leaves the editor. */
export function JsonEditor({ label, text, schema, refused, onChange }: JsonEditorProps) {
  const place = useRef<HTMLDivElement>(null);
  const view = useRef<EditorView>(null);
  const start = useRef({ label, text, schema });
  const shown = useRef(refused);
  const onChangeEvent = useEffectEvent(onChange);
  useEffect(() => {
    if (place.current === null) return;
    const { schema: by } = start.current;
    const problemsOf = by === undefined ? () => [] : createProblems(by);
    const parseProblems = jsonParseLinter();
    const check = (editor: EditorView): readonly Diagnostic[] => {
      const parsed = parse(editor.state.doc.toString());
      if (parsed === undefined) return parseProblems(editor);
      const found = [...problemsOf(parsed.value), ...shown.current];
      return found.map(({ steps, message }) => ({
        ...placeOf(editor.state, steps),
        severity: 'error',
        message,
        source: 'schema',
      }));
    };
    const editor = new EditorView({
      parent: place.current,
      doc: start.current.text,
      extensions: [
        lineNumbers(),
        history(),
        bracketMatching(),
        closeBrackets(),
        json(),
        lintGutter(),
        editorTheme,
        linter((one) => check(one), { delay: 250 }),
        ...(by === undefined ? [] : [jsonLanguage.data.of({ autocomplete: completeFrom(by) })]),
        autocompletion({ icons: false }),
        keymap.of([...closeBracketsKeymap, ...defaultKeymap, ...historyKeymap, ...completionKeymap, ...lintKeymap]),
        EditorView.contentAttributes.of({ 'aria-label': start.current.label }),
        EditorView.updateListener.of((update) => {
          if (!update.docChanged) return;
          shown.current = [];
          const changed = update.state.doc.toString();
          const parsed = parse(changed);
          onChangeEvent(
            changed,
            parsed === undefined ? [{ steps: [], message: 'not valid JSON' }] : problemsOf(parsed.value),
          );
        }),
      ],
    });
    view.current = editor;
    editor.focus();
    return () => editor.destroy();
  }, []);
  useEffect(() => {
    shown.current = refused;
    if (view.current !== null) forceLinting(view.current);
  }, [refused]);
  return <div ref={place} className="json-editor" />;
}

/** The parsed text; undefined if it is not valid JSON. */
function parse(text: string): { readonly value: unknown } | undefined {
  try {
    return { value: JSON.parse(text) as unknown };
  } catch {
    return undefined;
  }
}
