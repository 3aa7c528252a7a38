import { isJsonPointer } from '@hyvve-events/runtime/codegen';
import type { NodeRef } from '../source/document-store.js';
import type { FoundOrdering } from './found-document.js';
import type { Reader } from './reader.js';

/** The words `x-ordering-key` and `x-partition-by` of a message. Wrong ones are reported. */
export function orderingIn(
  { store, attempt }: Reader,
  key: NodeRef | undefined,
  partition: NodeRef | undefined,
): FoundOrdering | undefined {
  const report = (at: NodeRef, message: string, hint: string) =>
    attempt(() => {
      throw store.error('ORDERING_KEY_INVALID', at, message, hint);
    });
  const isKey = typeof key?.value === 'string' && key.value !== '' && isJsonPointer(key.value);
  if (key !== undefined && !isKey) {
    const message = `\`x-ordering-key\` must be a JSON pointer to a property; it is ${JSON.stringify(key.value)}`;
    report(key, message, 'begin each name with `/`: `x-ordering-key: /orderId`');
  }
  if (partition !== undefined && partition.value !== 'ordering-key') {
    const message = `\`x-partition-by\` must be ordering-key; it is ${JSON.stringify(partition.value)}`;
    report(
      partition,
      message,
      'write `x-partition-by: ordering-key`, or remove it: the tenant then determines the partition',
    );
  } else if (partition !== undefined && key === undefined) {
    const message = '`x-partition-by: ordering-key` needs an ordering key';
    report(partition, message, 'add `x-ordering-key` with a JSON pointer to a required property of the payload');
  }
  if (!isKey) return undefined;
  return { key: String(key.value), isPartition: partition?.value === 'ordering-key' };
}
