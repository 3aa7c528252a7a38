import { Button, CopyButton } from '@mantine/core';
import { useEffect, useState } from 'react';
import type { Language, Piece } from './pieces.js';

interface CodeBlockProps {
  readonly code: string;
  readonly language: Language;
  /** Describes the code, for screen readers. */
  readonly label: string;
}

/** Code with syntax highlighting and a button that copies it. */
export function CodeBlock({ code, language, label }: CodeBlockProps) {
  const pieces = usePieces(code, language);
  return (
    <figure className="code">
      <div className="code-head">
        <figcaption>{label}</figcaption>
        <CopyButton value={code}>
          {({ copied, copy }) => (
            <Button size="compact-xs" variant="default" onClick={copy} aria-label={`Copy ${label}`}>
              {copied ? 'Copied' : 'Copy'}
            </Button>
          )}
        </CopyButton>
      </div>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: scrollable content must be reachable by keyboard */}
      <section tabIndex={0} aria-label={label}>
        <pre>
          <code>
            {pieces.map(({ text, className, at }) =>
              className === '' ? (
                text
              ) : (
                <span key={at} className={className}>
                  {text}
                </span>
              ),
            )}
          </code>
        </pre>
      </section>
    </figure>
  );
}

/** The code in pieces with classes; one piece without a class until the highlighter is loaded. The text is the same, so nothing moves. */
function usePieces(code: string, language: Language): readonly (Piece & { readonly at: number })[] {
  const [highlighted, setHighlighted] = useState<{ readonly of: string; readonly pieces: readonly Piece[] }>();
  useEffect(() => {
    let isUnmounted = false;
    import('./pieces.js').then(
      ({ piecesOf }) => {
        if (!isUnmounted) setHighlighted({ of: code, pieces: piecesOf(code, language) });
      },
      // Without the highlighter, the code is shown without colours.
      () => undefined,
    );
    return () => {
      isUnmounted = true;
    };
  }, [code, language]);
  const pieces = highlighted?.of === code ? highlighted.pieces : [{ text: code, className: '' }];
  let at = 0;
  return pieces.map((piece) => {
    const placed = { ...piece, at };
    at += piece.text.length;
    return placed;
  });
}
