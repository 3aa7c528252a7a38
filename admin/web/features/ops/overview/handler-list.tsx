interface HandlerListProps {
  readonly handlers: readonly { readonly name: string; readonly pattern: string }[];
}

/** The handlers of a process or a group, closed at first. */
export function HandlerList({ handlers }: HandlerListProps) {
  return (
    <details>
      <summary>
        {handlers.length} {handlers.length === 1 ? 'handler' : 'handlers'}
      </summary>
      <ul>
        {handlers.map(({ name, pattern }) => (
          <li key={`${name} ${pattern}`}>
            {name} <span className="mono muted">{pattern}</span>
          </li>
        ))}
      </ul>
    </details>
  );
}
