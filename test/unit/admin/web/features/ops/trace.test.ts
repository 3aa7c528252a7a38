import { describe, expect, it } from 'vitest';
import { boxSize, layoutTrace, neighbourOf } from '../../../../../../admin/web/features/ops/trace/layout.js';
import { barsOf, ticksOf } from '../../../../../../admin/web/features/ops/trace/timeline.js';
import { causesOf, failedWithCauses, type TraceNode } from '../../../../../../admin/web/features/ops/trace/tree.js';
import { formatDuration } from '../../../../../../admin/web/ui/format-duration.js';

/** Parses events from a drawing of their tree: two spaces for each cause, id, `!` for a dead letter, time of writing. */
function drawn(drawing: string): readonly TraceNode[] {
  return drawing
    .trim()
    .split('\n')
    .map((line) => {
      const [, indent = '', id = '', mark, offset] = /^( *)(\w+)(!?) (\d+)$/.exec(line) ?? [];
      return { id, status: mark === '!' ? 'DLQ' : 'COMPLETED', depth: indent.length / 2, offsetMs: Number(offset) };
    });
}

const order = drawn(`
placed 0
  paid 10
    shipped 40
    billed! 30
  packed 20
other 50
  late! 100`);

describe('the tree of a trace', () => {
  it('causesOf: maps each event to its cause', () => {
    expect([...causesOf(order)].map(([id, cause]) => `${cause.id} > ${id}`)).toEqual([
      ...['placed > paid', 'paid > shipped', 'paid > billed', 'placed > packed', 'other > late'],
    ]);
  });

  it('failedWithCauses: returns failed events and their causes', () => {
    expect(failedWithCauses(order).map(({ id }) => id)).toEqual(['placed', 'paid', 'billed', 'other', 'late']);
    expect(failedWithCauses(drawn('a 0\n  b 1\n    c! 2\n  d! 3\n    e 4\n      f! 5')).map(({ id }) => id)).toEqual([
      ...['a', 'b', 'c', 'd', 'e', 'f'],
    ]);
    expect(failedWithCauses(drawn('a 0\n  b 1'))).toEqual([]);
  });
});

describe('the graph', () => {
  it('layoutTrace: the first effect is next to its cause, the others are below, and no boxes overlap', () => {
    const { boxes, lines, width, height } = layoutTrace(order);
    const place = (id: string) => boxes.find(({ event }) => event.id === id) ?? { x: -1, y: -1 };
    expect(place('placed')).toMatchObject({ x: 0, y: 0 });
    expect(place('paid').y).toBe(0);
    expect(place('shipped').y).toBe(0);
    expect(place('billed').x).toBe(place('shipped').x);
    expect(place('packed').y).toBeGreaterThan(place('billed').y);
    expect(place('other')).toMatchObject({ x: 0 });
    expect(new Set(boxes.map(({ x, y }) => `${x} ${y}`)).size).toBe(order.length);
    expect(lines).toContainEqual({ from: 'paid', to: 'billed' });
    expect(width).toBe(place('shipped').x + boxSize.width);
    expect(height).toBe(place('late').y + boxSize.height);
  });

  it('neighbourOf: arrow keys lead from box to box', () => {
    const layout = layoutTrace(order);
    const to = (id: string, direction: 'left' | 'right' | 'up' | 'down') =>
      neighbourOf(layout, id, direction)?.event.id;
    expect([to('paid', 'left'), to('paid', 'right'), to('paid', 'down')]).toEqual(['placed', 'shipped', 'packed']);
    expect([to('late', 'up'), to('placed', 'left'), to('late', 'down')]).toEqual(['packed', undefined, undefined]);
  });

  it('layoutTrace: a chain of a thousand events', () => {
    const chain = Array.from({ length: 1_000 }, (_, n) => ({ id: `${n}`, status: 'COMPLETED', depth: n, offsetMs: n }));
    const { boxes, lines } = layoutTrace(chain);
    expect([boxes.length, lines.length, boxes.at(-1)?.y]).toEqual([1_000, 999, 0]);
  });
});

describe('the timeline', () => {
  it('barsOf: a bar from each event to the last of its effects', () => {
    const bars = barsOf(order, 100).map(({ event, start, end }) => [event.id, start, end]);
    expect(bars).toEqual([
      ['placed', 0, 0.4],
      ['paid', 0.1, 0.4],
      ['shipped', 0.4, 0.4],
      ['billed', 0.3, 0.3],
      ['packed', 0.2, 0.2],
      ['other', 0.5, 1],
      ['late', 1, 1],
    ]);
    expect(barsOf(drawn('a 0'), 0)).toMatchObject([{ start: 0, end: 0 }]);
  });

  it('ticksOf: at most seven ticks, at round times', () => {
    expect(ticksOf(100).map(({ offsetMs }) => offsetMs)).toEqual([0, 20, 40, 60, 80, 100]);
    expect(ticksOf(7 * 60_000).map(({ offsetMs }) => offsetMs / 60_000)).toEqual([0, 2, 4, 6]);
    expect(ticksOf(0)).toEqual([{ offsetMs: 0, place: 0 }]);
    for (const duration of [1, 13, 999, 61_000, 5e6, 9e8, 1e11]) {
      expect(ticksOf(duration).length, String(duration)).toBeLessThanOrEqual(7);
    }
  });

  it.each([
    [0, '0 ms'],
    [350, '350 ms'],
    [1_250, '1.25 s'],
    [125_000, '2 min 5 s'],
    [3_599_900, '60 min'],
    [10_800_000, '3 h'],
    [90_000_000, '1 d 1 h'],
  ])('formatDuration: %i ms as %s', (ms, text) => {
    expect(formatDuration(ms)).toBe(text);
  });
});
