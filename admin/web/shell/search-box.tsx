import { TextInput } from '@mantine/core';
import { useNavigate } from '@tanstack/react-router';
import { type KeyboardEvent, useEffect, useMemo, useState } from 'react';
import { useDocs } from '../api/queries/catalog.js';
import { Dialog } from '../ui/dialog.js';
import { createSearch, type Hit, mostHits } from './search.js';

/** Search over the whole catalog, in a dialog. It is loaded when it is first opened, and builds its index then. */
export function SearchBox({ opened, onClose }: { readonly opened: boolean; readonly onClose: () => void }) {
  return (
    <Dialog opened={opened} onClose={onClose} kind="bare" label="Search">
      <SearchForm onClose={onClose} />
    </Dialog>
  );
}

function SearchForm({ onClose }: { readonly onClose: () => void }) {
  const { catalog } = useDocs();
  const search = useMemo(() => createSearch(catalog), [catalog]);
  const [query, setQuery] = useState('');
  const [active, setActive] = useState(0);
  const hits = useMemo(() => timed(() => search(query)), [search, query]);
  const open = useOpenHit(onClose);
  useEffect(() => {
    document.getElementById(`hit-${active}`)?.scrollIntoView({ block: 'nearest' });
  }, [active]);
  const onKey = (event: KeyboardEvent) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const hit = hits[active];
    if (step !== undefined && hits.length > 0) {
      event.preventDefault();
      setActive((active + step + hits.length) % hits.length);
    } else if (event.key === 'Enter' && hit !== undefined) open(hit);
  };
  return (
    <div className="search">
      <TextInput
        value={query}
        size="md"
        variant="unstyled"
        data-autofocus
        onKeyDown={onKey}
        onChange={(event) => {
          setQuery(event.currentTarget.value);
          setActive(0);
        }}
        placeholder="Events, fields, schemas, services …"
        aria-label="Search events, fields, schemas, services"
        role="combobox"
        aria-expanded={hits.length > 0}
        aria-controls="hits"
        aria-activedescendant={hits.length > 0 ? `hit-${active}` : undefined}
        autoComplete="off"
        spellCheck={false}
      />
      <div id="hits" role="listbox" aria-label="Results" className="hits">
        {hits.map((hit, index) => (
          // biome-ignore lint/a11y/useKeyWithClickEvents: the text field handles the keyboard, as in every combobox
          <div
            key={`${hit.kind} ${hit.name}`}
            id={`hit-${index}`}
            role="option"
            tabIndex={-1}
            aria-selected={index === active}
            onClick={() => open(hit)}
            onMouseMove={() => setActive(index)}
          >
            <span className="hit-kind">{hit.kind}</span>
            <span className="hit-name">
              {hit.name}
              {hit.field !== undefined && <span className="hit-field">{hit.field}</span>}
            </span>
            <span className="hit-text">{hit.summary}</span>
          </div>
        ))}
      </div>
      <p className="hits-note" role="status">
        {note(query, hits.length)}
      </p>
    </div>
  );
}

function note(query: string, found: number): string {
  if (query.trim() === '') return 'Names, descriptions, field names and tags. ↑ ↓ choose, Enter opens, Esc closes.';
  if (found === 0) return 'No matches. Try part of a name or another word.';
  return `${found === mostHits ? `The best ${mostHits}` : found} ${found === 1 ? 'result' : 'results'}`;
}

function useOpenHit(onClose: () => void): (hit: Hit) => void {
  const navigate = useNavigate();
  return ({ kind, name, field }) => {
    onClose();
    if (kind === 'event') {
      void navigate({ to: '/events/$type', params: { type: name }, search: field === undefined ? {} : { field } });
    } else if (kind === 'schema') void navigate({ to: '/schemas/$name', params: { name } });
    else if (kind === 'service') void navigate({ to: '/services/$name', params: { name } });
    else void navigate({ to: '/domains/$name', params: { name } });
  };
}

/** Runs a function and records its duration for the browser's performance tools and the tests. */
function timed<Result>(run: () => Result): Result {
  const start = performance.now();
  const result = run();
  performance.measure('search', { start });
  return result;
}
