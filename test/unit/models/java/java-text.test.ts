import { expect, it } from 'vitest';
import { javadoc } from '../../../../models/java/java-text.js';

it('Javadoc contains no end, no tag and no escape of its own', () => {
  expect(javadoc(['Ends */ here, <b>, @author and \\u002a/.', undefined, ' '])).toEqual([
    '/** Ends *&#47; here, &lt;b&gt;, &#64;author and &#92;u002a/. */',
  ]);
  expect(javadoc([undefined])).toEqual([]);
});
