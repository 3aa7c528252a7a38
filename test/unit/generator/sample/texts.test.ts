import { describe, expect, it } from 'vitest';
import { randomOf } from '../../../../generator/sample/random.js';
import { drawText } from '../../../../generator/sample/texts.js';
import { Cache } from '../../../../generator/support/cache.js';
import { formats } from '../../../../runtime/codegen.js';

const cache = new Cache();

function draw(format: string, least: number, most: number, seed: number): string | undefined {
  return drawText({ least, most, patterns: [], formats: [format] }, 'id', { random: randomOf(seed), cache });
}

describe('drawText', () => {
  const ofText = Object.entries(formats).flatMap(([name, { type }]) => (type === 'string' ? [name] : []));

  it.each(ofText)('%s: a text of the format', (name) => {
    const check = formats[name];
    for (let seed = 1; seed <= 20; seed += 1) {
      const text = draw(name, 0, 200, seed);
      expect(check?.type === 'string' && text !== undefined && check.validate(text), String(text)).toBe(true);
    }
  });

  it.each([
    [2, 2],
    [5, 10],
    [24, 24],
    [25, 32],
  ])('cuid2 of %i to %i characters', (least, most) => {
    for (let seed = 1; seed <= 20; seed += 1) {
      const text = draw('cuid2', least, most, seed);
      expect(text).toMatch(/^[a-z][0-9a-z]+$/);
      expect(text?.length).toBeGreaterThanOrEqual(least);
      expect(text?.length).toBeLessThanOrEqual(most);
    }
  });
});
