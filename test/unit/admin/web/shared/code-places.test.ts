import type { Usage, UsagesFile } from '@hyvve-events/catalog-model';
import { describe, expect, it } from 'vitest';
import { addressOfCode, declaredOnly } from '../../../../../admin/web/shared/code-places.js';

describe('addressOfCode', () => {
  it.each([
    ['https://git.example/{file}#L{line}', 'src/a.ts', 'https://git.example/src/a.ts#L7'],
    ['https://git.example/{file}?at={line}', 'src/#1 ü/$&.ts', 'https://git.example/src/%231%20%C3%BC/%24%26.ts?at=7'],
    ['http://localhost:3000/{file}', 'a.ts', 'http://localhost:3000/a.ts'],
    ['javascript:alert(1)//{file}', 'a.ts', undefined],
    ['{file}', 'a.ts', undefined],
    [undefined, 'a.ts', undefined],
  ])('%s, %s', (link, file, address) => {
    expect(addressOfCode(link, { file, line: 7 })).toBe(address);
  });
});

describe('declaredOnly', () => {
  const place = { file: 'a.ts', line: 1, column: 1, how: 'x' };
  const usage = (kind: Usage['kind'], services: readonly string[]): Usage => ({
    ...place,
    kind,
    type: 'a.b.c',
    services,
  });
  const file = (usages: readonly Usage[], undecidedIn: readonly string[] = []): UsagesFile => ({
    usagesVersion: 1,
    catalog: 'h',
    partial: false,
    usages,
    services: ['crm', 'shop'].map((name) => ({ name, file: 'a.ts', line: 1 })),
    undecided: undecidedIn.map((name) => ({
      ...place,
      kind: 'publish',
      services: [name],
      reason: 'any',
    })),
  });

  it('a service of known code that does not use the event', () => {
    const found = file([usage('publish', ['shop']), usage('handle', ['crm'])]);
    expect(declaredOnly(['crm', 'shop', 'other'], 'publish', found, 'a.b.c')).toEqual(['crm']);
    expect(declaredOnly(['crm', 'shop', 'other'], 'handle', found, 'a.b.c')).toEqual(['shop']);
  });

  it('not a service that names the event, or of which the same use is undecided', () => {
    expect(declaredOnly(['crm'], 'publish', file([usage('mention', ['crm'])]), 'a.b.c')).toEqual([]);
    expect(declaredOnly(['crm'], 'publish', file([usage('mention', ['crm'])]), 'a.b.d')).toEqual(['crm']);
    expect(declaredOnly(['crm'], 'publish', file([], ['crm']), 'a.b.c')).toEqual([]);
    expect(declaredOnly(['crm'], 'handle', file([], ['crm']), 'a.b.c')).toEqual(['crm']);
  });

  it('nothing while code of no service may use the event, and if code could not be read', () => {
    expect(declaredOnly(['crm'], 'handle', file([usage('handle', [])]), 'a.b.c')).toEqual([]);
    expect(declaredOnly(['crm'], 'publish', file([usage('handle', [])]), 'a.b.c')).toEqual(['crm']);
    const undecided = [{ ...place, kind: 'handle', services: [], reason: 'any' }] as const;
    expect(declaredOnly(['crm'], 'handle', { ...file([]), undecided }, 'a.b.c')).toEqual([]);
    expect(declaredOnly(['crm'], 'handle', { ...file([]), partial: true }, 'a.b.c')).toEqual([]);
  });
});
