import { count } from '../report/count.js';
import type { ChangedUse, Impact } from './impact.js';
import { partialLine, placeText, servicesText } from './usages-text.js';

/** `3 publishers, 5 handlers in 2 services break`. */
export function impactHeadline({ publishers, handlers, services, events }: Impact): string {
  if (events.length === 0) return 'No change breaks consumers or producers';
  if (publishers + handlers === 0)
    return `No code of these services uses the ${count(events.length, 'event')} that break`;
  const parts = [
    ...(publishers === 0 ? [] : [count(publishers, 'publisher')]),
    ...(handlers === 0 ? [] : [count(handlers, 'handler')]),
  ];
  const verb = publishers + handlers === 1 ? 'breaks' : 'break';
  return `${parts.join(', ')} in ${count(services, 'service')} ${verb}`;
}

interface Row {
  readonly does: string;
  readonly services: string;
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly how: string;
}

function rowsOf({ publishers, handlers, properties }: ChangedUse): Row[] {
  const row = (does: string) => (use: Omit<Row, 'does' | 'services'> & { readonly services: readonly string[] }) => ({
    does,
    services: servicesText(use.services),
    file: use.file,
    line: use.line,
    column: use.column,
    how: use.how,
  });
  return [
    ...publishers.map(row('publishes')),
    ...handlers.map(row('handles')),
    ...properties.map((use) => row(use.kind === 'read' ? 'reads' : 'writes')(use)),
  ];
}

/** The lines that a change breaks, for people. */
export function impactLines(impact: Impact): string[] {
  const tables = impact.events.flatMap(({ type, changes }) =>
    changes.map((change) => ({ type, change, rows: rowsOf(change) })),
  );
  const width = (cell: (row: Row) => string) =>
    Math.max(0, ...tables.flatMap(({ rows }) => rows.map((row) => cell(row).length)));
  const [services, places] = [width((row) => row.services), width(placeText)];
  return [
    '',
    impactHeadline(impact),
    ...tables.flatMap(({ type, change, rows }) => [
      `  ${type}: ${changeText(change)}`,
      ...rows.map((row) =>
        `    ${row.does.padEnd(9)}  ${row.services.padEnd(services)}  ${placeText(row).padEnd(places)}  ${row.how}`.trimEnd(),
      ),
    ]),
    ...notes(impact),
  ];
}

/** The lines that a change breaks as Markdown, for a comment of a pull request. @param link Address of a line, with `{file}` and `{line}`. */
export function impactMarkdown(impact: Impact, link: string | undefined): string {
  const place = (row: Row) => {
    const text = `\`${row.file}:${row.line}\``;
    return link === undefined
      ? text
      : `[${text}](${link.replaceAll('{file}', encodeURI(row.file)).replaceAll('{line}', String(row.line))})`;
  };
  const sections = impact.events.flatMap(({ type, isAnnounced, changes }) => [
    '',
    `**\`${type}\`**${isAnnounced ? ' (announced by a new major version)' : ''}`,
    ...changes.flatMap((change) => {
      const rows = rowsOf(change);
      const table = ['', '| | service | place | |', '|---|---|---|---|'];
      return [
        '',
        `- ${changeText(change, '`')}`,
        ...(rows.length === 0 ? [] : table.map(indented)),
        ...rows.map((row) =>
          indented(`| ${row.does} | ${cell(row.services)} | ${place(row)} | \`${cell(row.how)}\` |`),
        ),
      ];
    }),
  ]);
  return `${[`### ${impactHeadline(impact)}`, ...sections, ...notes(impact).flatMap((note) => ['', note])].join('\n')}\n`;
}

function indented(line: string): string {
  return line === '' ? '' : `  ${line}`;
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|');
}

function changeText({ code, path, message, breaks }: ChangedUse, quote = ''): string {
  const at = path === undefined ? '' : ` ${quote}${path}${quote}`;
  return `${quote}${code}${quote}${at}: ${message} (breaks ${breaks.join(' and ')})`;
}

function notes({ undecided, partial, events }: Impact): string[] {
  return [
    ...(undecided === 0 || events.length === 0
      ? []
      : [`${count(undecided, 'place')} could not be decided and may break too: \`hyvve-events usages\` lists them`]),
    ...(partial ? [partialLine] : []),
  ];
}
