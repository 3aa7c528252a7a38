/** An event type that can wrap at its dots. */
export function TypeName({ type }: { readonly type: string }) {
  return (
    <span className="mono">
      {type.split('.').map((part, index, parts) => (
        <span key={`${parts.slice(0, index + 1).join('.')}`}>
          {part}
          {index < parts.length - 1 && (
            <>
              .<wbr />
            </>
          )}
        </span>
      ))}
    </span>
  );
}
