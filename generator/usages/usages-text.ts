import type { UsagesFile } from '@hyvve-events/catalog-model';
import { count } from '../report/count.js';
import { groupsInOrder } from '../support/values.js';

const verbs = { publish: 'publishes', handle: 'handles', mention: 'mentions' } as const;

/** The usages as a table by event, for people. */
export function usagesTable({ usages, undecided }: Pick<UsagesFile, 'usages' | 'undecided'>): string[] {
  const order = ['publish', 'handle', 'mention'];
  const events = groupsInOrder(usages, ({ type }) => type).map((group) => ({
    title: group[0]?.type ?? '',
    rows: [...group]
      .sort((a, b) => order.indexOf(a.kind) - order.indexOf(b.kind))
      .map(({ kind, services, how, ...place }) => [verbs[kind], servicesText(services), placeText(place), how]),
  }));
  const unclear = undecided.map(({ kind, services, how, reason, ...place }) => [
    verbs[kind],
    servicesText(services),
    placeText(place),
    `${how}: ${reason}`,
  ]);
  const tables = [...events, ...(unclear.length === 0 ? [] : [{ title: 'undecided', rows: unclear }])];
  const widths = [0, 1, 2].map((column) =>
    Math.max(0, ...tables.flatMap(({ rows }) => rows.map((row) => row[column]?.length ?? 0))),
  );
  return tables.flatMap(({ title, rows }) => [
    title,
    ...rows.map((row) => `  ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ')}`.trimEnd()),
    '',
  ]);
}

/** Names of services, for people. */
export function servicesText(services: readonly string[]): string {
  return services.length === 0 ? '(no service)' : services.join(', ');
}

/** `file:line:column`. */
export function placeText({
  file,
  line,
  column,
}: {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}): string {
  return `${file}:${line}:${column}`;
}

/** `12 events are published at 14 places and handled at 30, in 4 services; 2 test files were left out`. */
export function usagesSummary(
  { usages, undecided, services, partial }: Pick<UsagesFile, 'usages' | 'undecided' | 'services' | 'partial'>,
  { files, tests }: { readonly files: ReadonlySet<string>; readonly tests: ReadonlySet<string> },
): string[] {
  const places = (kind: string) =>
    count(new Set(usages.filter((each) => each.kind === kind).map(placeText)).size, 'place');
  const types = new Set(usages.map(({ type }) => type)).size;
  const unclear = undecided.length === 0 ? '' : `; ${count(undecided.length, 'place')} could not be decided`;
  const left = tests.size === 0 ? '' : `; ${count(tests.size, 'test file')} left out`;
  return [
    `${count(types, 'event')} in ${count(services.length, 'service')} of ${count(files.size, 'file')}: published at ${places('publish')}, handled at ${places('handle')}${unclear}${left}`,
    ...(partial ? [partialLine] : []),
  ];
}

/** Says that a result is not whole. */
export const partialLine = 'PARTIAL: some of the code does not compile, so usages may be missing';
