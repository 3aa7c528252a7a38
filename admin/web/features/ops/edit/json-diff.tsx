import { json } from '@codemirror/lang-json';
import { unifiedMergeView } from '@codemirror/merge';
import { EditorState } from '@codemirror/state';
import { EditorView, lineNumbers } from '@codemirror/view';
import { useEffect, useRef } from 'react';
import { editorTheme } from './editor-theme.js';

interface JsonDiffProps {
  readonly label: string;
  readonly before: string;
  readonly after: string;
}

/** Differences between two texts, one below the other so that they fit on a phone. */
export function JsonDiff({ label, before, after }: JsonDiffProps) {
  const place = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (place.current === null) return;
    const view = new EditorView({
      parent: place.current,
      doc: after,
      extensions: [
        lineNumbers(),
        json(),
        editorTheme,
        EditorState.readOnly.of(true),
        unifiedMergeView({ original: before, mergeControls: false, collapseUnchanged: { margin: 3, minSize: 6 } }),
        EditorView.contentAttributes.of({ 'aria-label': label, 'aria-readonly': 'true' }),
      ],
    });
    return () => view.destroy();
  }, [label, before, after]);
  return <div ref={place} className="json-editor" />;
}
