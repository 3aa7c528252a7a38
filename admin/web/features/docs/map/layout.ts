import type { CatalogIndex } from '../../../shared/catalog-index.js';
import { groupBy } from '../../../shared/group-by.js';

/** Filters of the map. */
export interface MapFilter {
  readonly domain?: string | undefined;
  readonly service?: string | undefined;
}

/** A box of the map; sizes and positions in pixels. */
export interface Box {
  readonly id: string;
  readonly kind: 'sender' | 'receiver' | 'event' | 'domain';
  /** Name of the service, event type or domain that the box links to. */
  readonly name: string;
  readonly label: string;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** A line from a box to another box right of it. */
export interface Line {
  readonly id: string;
  readonly from: string;
  readonly to: string;
}

/** Three columns: sending services, their events, receiving services. */
export interface FlowLayout {
  readonly boxes: readonly Box[];
  readonly lines: readonly Line[];
  readonly width: number;
  readonly height: number;
  /** True if there are too many events to show: the map then shows domains instead of events. */
  readonly isByDomain: boolean;
}

/** If there are more events, the map shows domains. */
export const mostEvents = 120;

const size = {
  service: 190,
  event: 330,
  boxHeight: 34,
  gap: 10,
  domainGap: 26,
  between: 190,
} as const;

/** Calculates the layout. The same catalog and filter always have the same layout. */
export function layoutFlow({ model }: CatalogIndex, filter: MapFilter): FlowLayout {
  const events = model.events.filter(
    ({ domain, senders, receivers }) =>
      (filter.domain === undefined || domain === filter.domain) &&
      (filter.service === undefined || senders.includes(filter.service) || receivers.includes(filter.service)),
  );
  const isByDomain = events.length > mostEvents;
  const middle = isByDomain ? domainItems(events) : eventItems(events);
  const eventX = size.service + size.between;
  let y = 0;
  let domain: string | undefined;
  const boxes: Box[] = middle.map((item) => {
    if (domain !== undefined && domain !== item.domain && !isByDomain) y += size.domainGap - size.gap;
    domain = item.domain;
    const place = { x: eventX, y, width: size.event, height: size.boxHeight };
    y += size.boxHeight + size.gap;
    return { id: `${item.kind} ${item.name}`, kind: item.kind, name: item.name, label: item.label, ...place };
  });
  const places = new Map(boxes.map((box) => [box.id, box.y]));
  const lines: Line[] = middle.flatMap((item) => {
    const id = `${item.kind} ${item.name}`;
    return [
      ...item.senders.map((name) => ({ id: `${name} > ${id}`, from: `sender ${name}`, to: id })),
      ...item.receivers.map((name) => ({ id: `${id} > ${name}`, from: id, to: `receiver ${name}` })),
    ];
  });
  const senders = column('sender', neighbours(lines, 'from', 'to', places), 0, y);
  const receivers = column('receiver', neighbours(lines, 'to', 'from', places), eventX + size.event + size.between, y);
  const all = [...senders, ...boxes, ...receivers];
  return {
    boxes: all,
    lines,
    isByDomain,
    width: eventX + size.event + size.between + size.service,
    height: Math.max(0, ...all.map((box) => box.y + box.height)),
  };
}

interface Item {
  readonly kind: 'event' | 'domain';
  readonly name: string;
  readonly label: string;
  readonly domain: string;
  readonly senders: readonly string[];
  readonly receivers: readonly string[];
}

type MapEvent = CatalogIndex['model']['events'][number];

function eventItems(events: readonly MapEvent[]): readonly Item[] {
  return events
    .map(({ type, domain, senders, receivers }) => {
      return { kind: 'event' as const, name: type, label: type, domain, senders, receivers };
    })
    .sort((a, b) => a.domain.localeCompare(b.domain) || a.name.localeCompare(b.name));
}

function domainItems(events: readonly MapEvent[]): readonly Item[] {
  const unique = (names: readonly string[]) => [...new Set(names)].sort();
  return [...groupBy(events, ({ domain }) => domain)].map(([name, own]) => ({
    kind: 'domain' as const,
    name,
    domain: name,
    label: `${name} · ${own.length} events`,
    senders: unique(own.flatMap(({ senders }) => senders)),
    receivers: unique(own.flatMap(({ receivers }) => receivers)),
  }));
}

/** The mean position of the boxes that each service is connected to, by the id of the service's box. */
function neighbours(
  lines: readonly Line[],
  own: 'from' | 'to',
  other: 'from' | 'to',
  places: ReadonlyMap<string, number>,
): ReadonlyMap<string, number> {
  const sums = new Map<string, { total: number; count: number }>();
  for (const line of lines) {
    const y = places.get(line[other]);
    if (y === undefined) continue;
    const sum = sums.get(line[own]) ?? { total: 0, count: 0 };
    sums.set(line[own], { total: sum.total + y, count: sum.count + 1 });
  }
  return new Map([...sums].map(([id, { total, count }]) => [id, total / count]));
}

/** A column of services. Each is as close to its wanted position as possible without overlap. */
function column(kind: 'sender' | 'receiver', wanted: ReadonlyMap<string, number>, x: number, height: number): Box[] {
  const order = [...wanted].sort(([a, ya], [b, yb]) => ya - yb || a.localeCompare(b));
  const step = size.boxHeight + size.gap;
  let least = Number.NEGATIVE_INFINITY;
  const placed = order.map(([id, y]) => {
    const place = Math.max(y, least);
    least = place + step;
    return { id, y: place };
  });
  const excess = Math.max(0, Math.min(least - Math.max(height, step), placed[0]?.y ?? 0));
  return placed.map(({ id, y }) => {
    const name = id.slice(kind.length + 1);
    return { id, kind, name, label: name, x, y: y - excess, width: size.service, height: size.boxHeight };
  });
}
