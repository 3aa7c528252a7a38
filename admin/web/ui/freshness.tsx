import { useEffect, useState } from 'react';
import { formatDuration } from './format-duration.js';

/** Figures that are older are called stale, in milliseconds. */
const staleMs = 15_000;

interface FreshnessProps {
  /** When the last figures arrived, in milliseconds since 1970. */
  readonly at: number;
  /** Why there are no newer figures; undefined while they arrive. */
  readonly problem: string | undefined;
}

/** Shows when the figures were refreshed, and a warning if they are stale. */
export function Freshness({ at, problem }: FreshnessProps) {
  const now = useNow();
  const age = Math.max(0, now - at);
  const time = new Date(at).toLocaleTimeString();
  const isStale = problem !== undefined || age > staleMs;
  return (
    <>
      <p className={isStale ? 'freshness stale' : 'freshness'}>
        {isStale ? 'Stale' : 'Live'}
        <time dateTime={new Date(at).toISOString()} title={new Date(at).toLocaleString()}>
          {' '}
          · {age < 1_500 ? 'refreshed now' : `refreshed ${formatDuration(Math.round(age / 1_000) * 1_000)} ago`}
        </time>
      </p>
      {isStale && (
        <p className="notice bad" role="alert">
          <span>
            <b>These figures are of {time}.</b> {problem ?? 'No newer data.'} The figures refresh automatically.
          </span>
        </p>
      )}
    </>
  );
}

/** The time, updated every second. */
function useNow(): number {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 1_000);
    return () => clearInterval(timer);
  }, []);
  return now;
}
