import { useNavigate } from '@tanstack/react-router';
import { useEffect } from 'react';

/** Shortcuts to pages of the docs: letter, path, label. */
const goTo = [
  ['h', '/', 'Overview'],
  ['e', '/events', 'Events'],
  ['m', '/map', 'Flow map'],
  ['s', '/services', 'Services'],
  ['t', '/schemas', 'Schemas'],
  ['c', '/changes', 'Changes'],
  ['d', '/document', 'AsyncAPI document'],
] as const;

/** Shortcuts to pages that need the admin service. */
const goToOperate = [
  ['o', '/ops', 'Operate: overview'],
  ['u', '/ops/cluster', 'Cluster'],
  ['l', '/ops/dead-letters', 'Dead letters'],
  ['p', '/ops/parked', 'Parked deliveries'],
  ['v', '/ops/events', 'Published events'],
  ['r', '/ops/replays', 'Replays'],
  ['a', '/ops/audit', 'Audit'],
] as const;

/** Longest time between `g` and its letter, in milliseconds. */
const sequenceMs = 1_500;

/** Pages that `g` and a letter open. Pages for operators are only included in mode `service`. */
export function goToOf(mode: 'static' | 'service' | undefined) {
  return mode === 'service' ? [...goTo, ...goToOperate] : goTo;
}

interface Actions {
  readonly pages: ReturnType<typeof goToOf>;
  readonly onSearch: () => void;
  readonly onHelp: () => void;
}

/** Listens for the shortcuts that `?` lists. While the user types into a field, only `Ctrl-K` works. */
export function useShortcuts({ pages, onSearch, onHelp }: Actions): void {
  const navigate = useNavigate();
  useEffect(() => {
    let wentAt = Number.NEGATIVE_INFINITY;
    const onKey = (event: KeyboardEvent) => {
      if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === 'k') {
        event.preventDefault();
        onSearch();
        return;
      }
      if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
      const target = pages.find(([letter]) => letter === event.key);
      if (event.timeStamp - wentAt < sequenceMs && target !== undefined) {
        void navigate({ to: target[1] });
        wentAt = Number.NEGATIVE_INFINITY;
      } else if (event.key === 'g') wentAt = event.timeStamp;
      else if (event.key === '?') onHelp();
      else if (event.key === '/') {
        event.preventDefault();
        onSearch();
      }
    };
    document.addEventListener('keydown', onKey);
    return () => document.removeEventListener('keydown', onKey);
  }, [navigate, pages, onSearch, onHelp]);
}

function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName))
  );
}
