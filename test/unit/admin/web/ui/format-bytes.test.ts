import { expect, it } from 'vitest';
import { formatBytes } from '../../../../../admin/web/ui/format-bytes.js';

it.each([
  [0, '0 B'],
  [512, '512 B'],
  [1_024, '1 kB'],
  [1_310_720, '1.25 MB'],
  [26_628_797_235, '24.8 GB'],
  [5 * 1_024 ** 5, '5,120 TB'],
])('%i bytes are %s', (bytes, text) => {
  expect(formatBytes(bytes)).toBe(text);
});
