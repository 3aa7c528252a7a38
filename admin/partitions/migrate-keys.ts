import { EventBusError, type MigrateKeysOptions, migrateKeys } from '@hyvve-events/runtime';
import type { Terminal } from './terminal.js';

/** Runs `hyvve-events-admin partitions migrate-keys`. @throws EventBusError as `migrateKeys` */
export async function runMigrateKeys(options: MigrateKeysOptions, terminal: Terminal): Promise<void> {
  const { dryRun = false, undo = false } = options;
  let width = 0;
  const line = (text: string) => {
    terminal.write(`\r${text.padEnd(width)}`);
    width = text.length;
  };
  const onProgress: NonNullable<MigrateKeysOptions['onProgress']> = ({ done, total }) =>
    line(`${done} of ${total} keys renamed`);
  try {
    const found = await migrateKeys(terminal.isTTY === true ? { ...options, onProgress } : options);
    if (width > 0) terminal.write('\n');
    if (!found.changed) {
      terminal.write(`nothing to do: there are no keys ${undo ? 'with a hash tag' : 'of the former format'}\n`);
      return;
    }
    const kinds = Object.entries(found.renamed).sort(([a], [b]) => (a < b ? -1 : 1));
    const total = kinds.reduce((sum, [, count]) => sum + count, 0);
    for (const [kind, count] of kinds) terminal.write(`${String(count).padStart(10)} ${kind}\n`);
    terminal.write(`${total} keys ${dryRun ? 'would be renamed' : 'renamed'}\n`);
    terminal.write(`${found.deleted} keys of BullMQ ${dryRun ? 'would be deleted' : 'deleted'}\n`);
    for (const key of found.kept) terminal.write(`not renamed, because the new name exists too: ${key}\n`);
  } catch (error) {
    if (width > 0) terminal.write('\n');
    throw error instanceof EventBusError ? new Error(error.message, { cause: error }) : error;
  }
}
