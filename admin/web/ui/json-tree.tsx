import type { JsonValue } from '@hyvve-events/catalog-model';
import { useState } from 'react';

/** A JSON document as a tree. Only the parts that are open are rendered. */
export function JsonTree({ value }: { readonly value: JsonValue }) {
  return (
    <div className="json">
      <Parts value={value} depth={0} />
    </div>
  );
}

function Parts({ value, depth }: { readonly value: JsonValue; readonly depth: number }) {
  if (typeof value !== 'object' || value === null) return <Leaf value={value} />;
  return (
    <ul>
      {Object.entries(value as Readonly<Record<string, JsonValue>>).map(([key, part]) => (
        <li key={key}>
          <Part name={key} value={part} depth={depth} />
        </li>
      ))}
    </ul>
  );
}

function Part({ name, value, depth }: { readonly name: string; readonly value: JsonValue; readonly depth: number }) {
  const [open, setOpen] = useState(depth < 1);
  if (typeof value !== 'object' || value === null) {
    return (
      <>
        <span className="json-key">{name}</span> <Leaf value={value} />
      </>
    );
  }
  const size = Object.keys(value).length;
  return (
    <>
      <button type="button" aria-expanded={open} onClick={() => setOpen(!open)}>
        <span className="json-key">{name}</span>{' '}
        <span className="muted">
          {Array.isArray(value) ? `${size} items` : `${size} ${size === 1 ? 'key' : 'keys'}`}
        </span>
      </button>
      {open && <Parts value={value} depth={depth + 1} />}
    </>
  );
}

function Leaf({ value }: { readonly value: JsonValue }) {
  return (
    <span className={`json-${value === null ? 'null' : typeof value}`}>
      {typeof value === 'string' ? value : JSON.stringify(value)}
    </span>
  );
}
