import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';

interface ChipsProps {
  readonly names: readonly string[];
  /** Shown if there are no names. */
  readonly emptyText: string;
  /** The link of one name. */
  readonly children: (name: string) => ReactNode;
}

function Chips({ names, emptyText, children }: ChipsProps) {
  if (names.length === 0) return <span className="muted">{emptyText}</span>;
  return (
    <ul className="chips">
      {names.map((name) => (
        <li key={name}>{children(name)}</li>
      ))}
    </ul>
  );
}

/** Services by name, as links in a line. */
export function ServiceLinks({ names, emptyText }: Omit<ChipsProps, 'children'>) {
  return (
    <Chips names={names} emptyText={emptyText}>
      {(name) => (
        <Link to="/services/$name" params={{ name }} className="chip">
          {name}
        </Link>
      )}
    </Chips>
  );
}

/** Events by type, as links in a line. */
export function EventLinks({ types, emptyText }: { readonly types: readonly string[]; readonly emptyText: string }) {
  return (
    <Chips names={types} emptyText={emptyText}>
      {(type) => (
        <Link to="/events/$type" params={{ type }} className="chip mono">
          {type}
        </Link>
      )}
    </Chips>
  );
}

/** Schemas by name, as links in a line. */
export function SchemaLinks({ names, emptyText }: Omit<ChipsProps, 'children'>) {
  return (
    <Chips names={names} emptyText={emptyText}>
      {(name) => (
        <Link to="/schemas/$name" params={{ name }} className="chip mono">
          {name}
        </Link>
      )}
    </Chips>
  );
}

/** Tags, each as a link to the events that have it. */
export function TagLinks({ tags }: { readonly tags: readonly string[] }) {
  return (
    <Chips names={tags} emptyText="">
      {(tag) => (
        <Link to="/events" search={{ tag }} className="chip">
          {tag}
        </Link>
      )}
    </Chips>
  );
}
