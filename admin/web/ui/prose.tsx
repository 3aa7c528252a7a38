import { Fragment } from 'react';

/** A text of the catalog: paragraphs and `code` are formatted, everything else is unchanged. */
export function Prose({ text, className }: { readonly text: string | undefined; readonly className?: string }) {
  if (text === undefined || text.trim() === '') return null;
  return (
    <div className={className ?? 'prose'}>
      {text
        .trim()
        .split(/\n\s*\n/)
        .map((paragraph) => (
          <p key={paragraph}>
            <Inline text={paragraph} />
          </p>
        ))}
    </div>
  );
}

/** One line of a catalog text. */
export function Inline({ text }: { readonly text: string }) {
  return text
    .split(/(`[^`]+`)/)
    .map((part, index) => ({ part, id: `${index} ${part}` }))
    .map(({ part, id }) =>
      part.length > 2 && part.startsWith('`') && part.endsWith('`') ? (
        <code key={id}>{part.slice(1, -1)}</code>
      ) : (
        <Fragment key={id}>{part}</Fragment>
      ),
    );
}
