const [second, minute, hour, day] = [1_000, 60_000, 3_600_000, 86_400_000];

/** Formats a duration with at most two units: `350 ms`, `1.25 s`, `2 min 5 s`, `3 h`. */
export function formatDuration(ms: number): string {
  if (ms < second) return `${Math.round(ms)} ms`;
  if (ms < minute) return `${Number((ms / second).toFixed(2))} s`;
  const [unit, name, part, partName] =
    ms < hour
      ? ([minute, 'min', second, 's'] as const)
      : ms < day
        ? ([hour, 'h', minute, 'min'] as const)
        : ([day, 'd', hour, 'h'] as const);
  const rounded = Math.round(ms / part) * part;
  const rest = (rounded % unit) / part;
  return `${Math.floor(rounded / unit)} ${name}${rest === 0 ? '' : ` ${rest} ${partName}`}`;
}
