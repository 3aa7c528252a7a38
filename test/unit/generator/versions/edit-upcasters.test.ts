import { describe, expect, it } from 'vitest';
import { withStep } from '../../../../generator/versions/edit-upcasters.js';

const added = { key: 'OrderPaid', step: 'v1ToV2', text: 'v1ToV2: (data) => TODO(data),' };
const edit = (text: string) => withStep(text, 'shopUpcasters', added);

describe('withStep', () => {
  it('adds an event that the file does not have; the rest of the file stays', () => {
    const text = [
      "import type { ShopUpcasters } from '#sdk/shop';",
      '// OrderPaid: { is not here }',
      'const helper = { OrderPaid: { v1ToV2: 1 } };',
      'export const shopUpcasters: ShopUpcasters = {',
      '  OrderPlaced: { v1ToV2: (data) => ({ ...data, text: "OrderPaid: {" }) }, // stays',
      '};',
    ];
    const expected = [
      ...text.slice(0, 4),
      '  OrderPaid: {',
      '    v1ToV2: (data) => TODO(data),',
      '  },',
      ...text.slice(4),
    ];
    expect(edit(text.join('\n'))).toBe(expected.join('\n'));
  });

  it('adds a function to an event that the file has', () => {
    const text = 'export const shopUpcasters = {\n  OrderPaid: {\n    v2ToV3: (data) => data,\n  },\n};\n';
    const expected = text.replace('    v2ToV3', '    v1ToV2: (data) => TODO(data),\n    v2ToV3');
    expect(edit(text)).toBe(expected);
  });

  it.each([
    [
      'export const shopUpcasters = {};',
      'export const shopUpcasters = {\n  OrderPaid: {\n    v1ToV2: (data) => TODO(data),\n  },\n};',
    ],
    [
      'export const shopUpcasters = { OrderPaid: { v2ToV3: (data) => data } };',
      'export const shopUpcasters = { OrderPaid: {\n    v1ToV2: (data) => TODO(data),\n v2ToV3: (data) => data } };',
    ],
  ])('adds to objects in one line: %s', (text, expected) => {
    expect(edit(text)).toBe(expected);
  });

  it('finds names in quotes, but not in comments', () => {
    const text =
      'export const shopUpcasters = {\n  // "OrderPaid": old\n  "OrderPaid": {\n    v2ToV3: (data) => data,\n  },\n};\n';
    expect(edit(text)).toBe(text.replace('    v2ToV3', '    v1ToV2: (data) => TODO(data),\n    v2ToV3'));
    const complete = "export const shopUpcasters = { 'OrderPaid': { 'v1ToV2': (data) => data } };";
    expect(edit(complete)).toBe(complete);
  });

  it('writes the line ends of the file', () => {
    const text = 'export const shopUpcasters = {\r\n  OrderPlaced: {},\r\n};\r\n';
    const entry = '  OrderPaid: {\r\n    v1ToV2: (data) => TODO(data),\r\n  },\r\n';
    expect(edit(text)).toBe(text.replace('  OrderPlaced', `${entry}  OrderPlaced`));
  });

  it('changes nothing if the function exists, also as a method', () => {
    for (const body of ['v1ToV2: (data) => data', 'v1ToV2(data) { return data; }']) {
      const text = `export const shopUpcasters = {\n  OrderPaid: { ${body} },\n};\n`;
      expect(edit(text)).toBe(text);
    }
  });

  it('refuses a file in which the place is not certain', () => {
    expect(edit('export const shopUpcasters = make();')).toBeUndefined();
    expect(edit('const paid = {};\nexport const shopUpcasters = { OrderPaid: paid };')).toBeUndefined();
    expect(edit('export default {};')).toBeUndefined();
  });
});
