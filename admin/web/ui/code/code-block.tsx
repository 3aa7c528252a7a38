import { Button, CopyButton } from '@mantine/core';
import { useEffect, useState } from 'react';
import type { Language, Piece } from './pieces.js';

interface CodeBlockProps {
  readonly code: string;
  readonly language: Language;
  /** What the code is, for screen readers. */
  readonly label: string;
}

/** Code in colours, with a button that copies it. */
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
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard */}
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

/** The code as one piece, until what takes it apart has been loaded: the same text, so that nothing moves. */
function usePieces(code: string, language: Language): readonly (Piece & { readonly at: number })[] {
  const [taken, setTaken] = useState<{ readonly of: string; readonly pieces: readonly Piece[] }>();
  useEffect(() => {
    let isGone = false;
    import('./pieces.js').then(
      ({ piecesOf }) => {
        if (!isGone) setTaken({ of: code, pieces: piecesOf(code, language) });
      },
      // It stays as it is, without colours.
      () => undefined,
    );
    return () => {
      isGone = true;
    };
  }, [code, language]);
  const pieces = taken?.of === code ? taken.pieces : [{ text: code, className: '' }];
  let at = 0;
  return pieces.map((piece) => {
    const placed = { ...piece, at };
    at += piece.text.length;
    return placed;
  });
}
