import type { EventRecord, OutcomeRecord, TailRecord } from './tail-record.js';

/** Colours of a text, by the code of its ANSI sequence. */
const colours = { red: 31, green: 32, yellow: 33, cyan: 36, dim: 2 } as const;

type Colour = keyof typeof colours;

/** Makes the line of a record for people: an event at the beginning of the line, its outcomes indented. */
export function recordText(record: TailRecord, coloured: boolean): string {
  const paint = (colour: Colour, text: string) => (coloured ? `\u001b[${colours[colour]}m${text}\u001b[0m` : text);
  const time = paint('dim', new Date(record.at).toTimeString().slice(0, 8));
  return `${time} ${record.kind === 'event' ? eventText(record, paint) : outcomeText(record, paint)}`;
}

type Paint = (colour: Colour, text: string) => string;

function eventText({ type, eventId, tenantId, source, streamId, data }: EventRecord, paint: Paint): string {
  if (type === undefined) return `${paint('red', 'not an event')} ${paint('dim', `entry ${streamId}`)}`;
  const facts = [`tenant ${tenantId}`, `from ${source}`, `id ${eventId}`].join('  ');
  const text = `${paint('cyan', type)}  ${paint('dim', facts)}`;
  return data === undefined ? text : `${text}\n         ${JSON.stringify(data)}`;
}

const colourOf: Readonly<Record<string, Colour>> = {
  completed: 'green',
  failed: 'yellow',
  deferred: 'yellow',
  parked: 'yellow',
  dead: 'red',
  expired: 'red',
  lost: 'red',
};

function outcomeText(record: OutcomeRecord, paint: Paint): string {
  const { outcome, group, handler, attempt, error, dueAt, reason, deadLetterId, actor, type } = record;
  const place = [group, handler].filter((part) => part !== '').join('/');
  const label = outcome === 'dead' ? `dead letter (${reason})` : outcome;
  const facts = [
    ...(attempt === undefined ? [] : [`run ${attempt}`]),
    ...(error === undefined ? [] : [`${error.name}: ${error.message}`]),
    ...(dueAt === undefined ? [] : [`next run ${new Date(dueAt).toTimeString().slice(0, 8)}`]),
    ...(deadLetterId === undefined ? [] : [`id ${deadLetterId}`]),
    ...(actor === undefined ? [] : [`by ${actor}`]),
  ];
  const colour = colourOf[outcome] ?? 'cyan';
  return `  ${paint(colour, label)}  ${[type, place].filter(Boolean).join(' in ')}  ${paint('dim', facts.join('  '))}`.trimEnd();
}
