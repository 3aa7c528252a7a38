import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';

interface ChipsProps {
  readonly names: readonly string[];
  /** What is said where there is none. */
  readonly nobody: string;
  /** The link of one name. */
  readonly children: (name: string) => ReactNode;
}

function Chips({ names, nobody, children }: ChipsProps) {
  if (names.length === 0) return <span className="muted">{nobody}</span>;
  return (
    <ul className="chips">
      {names.map((name) => (
        <li key={name}>{children(name)}</li>
      ))}
    </ul>
  );
}

/** Services by name, as links in a line. */
export function ServiceLinks({ names, nobody }: Omit<ChipsProps, 'children'>) {
  return (
    <Chips names={names} nobody={nobody}>
      {(name) => (
        <Link to="/services/$name" params={{ name }} className="chip">
          {name}
        </Link>
      )}
    </Chips>
  );
}

/** Events by type, as links in a line. */
export function EventLinks({ types, nobody }: { readonly types: readonly string[]; readonly nobody: string }) {
  return (
    <Chips names={types} nobody={nobody}>
      {(type) => (
        <Link to="/events/$type" params={{ type }} className="chip mono">
          {type}
        </Link>
      )}
    </Chips>
  );
}

/** Schemas by name, as links in a line. */
export function SchemaLinks({ names, nobody }: Omit<ChipsProps, 'children'>) {
  return (
    <Chips names={names} nobody={nobody}>
      {(name) => (
        <Link to="/schemas/$name" params={{ name }} className="chip mono">
          {name}
        </Link>
      )}
    </Chips>
  );
}

/** Tags, each leading to the events that have it. */
export function TagLinks({ tags }: { readonly tags: readonly string[] }) {
  return (
    <Chips names={tags} nobody="">
      {(tag) => (
        <Link to="/events" search={{ tag }} className="chip">
          {tag}
        </Link>
      )}
    </Chips>
  );
}
