import { expect, it } from 'vitest';
import { stepsOfPath } from '../../../../generator/usages/property-path.js';

it.each([
  ['$', []],
  ['$.title', [{ property: 'title' }]],
  ['$.lines[*].price', [{ property: 'lines' }, 'each', { property: 'price' }]],
  ['$["a b"].größe', [{ property: 'a b' }, { property: 'größe' }]],
  ['$["quoted \\" ]"][0]', [{ property: 'quoted " ]' }, 'each']],
  ['$.method(card).number', [{ property: 'method' }, { property: 'number' }]],
  ['$.labels.*[/^x-/]', [{ property: 'labels' }, 'each', 'each']],
  ['headers.tenantId', undefined],
])('%s', (path, steps) => {
  expect(stepsOfPath(path)).toEqual(steps);
});
