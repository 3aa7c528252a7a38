const units = ['B', 'kB', 'MB', 'GB', 'TB'] as const;

/** Formats a size with three digits: `512 B`, `1.25 MB`, `24.8 GB`. A kB is 1,024 bytes, as in Redis. */
export function formatBytes(bytes: number): string {
  const power = bytes < 1 ? 0 : Math.min(units.length - 1, Math.floor(Math.log2(bytes) / 10));
  return `${Number((bytes / 1_024 ** power).toPrecision(3)).toLocaleString()} ${units[power]}`;
}
