/** An event's type, that breaks at its dots where it is long. */
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
