import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { AnyEventDefinition } from '@hyvve-events/runtime';
import { AdminError } from '../errors.js';

/**
 * Imports the definitions of an SDK.
 * @param module A package (`@acme/events`), or the path of a JavaScript file, relative to the working directory.
 * @throws AdminError `CONFIG_INVALID` if it cannot be imported, or does not export `events`
 */
export async function importSdk(module: string): Promise<readonly AnyEventDefinition[]> {
  let exported: { readonly events?: unknown };
  try {
    exported = (await import(addressOf(module))) as typeof exported;
  } catch (cause) {
    throw unusable(module, cause instanceof Error ? cause.message : String(cause), cause);
  }
  const { events } = exported;
  if (!Array.isArray(events))
    throw unusable(module, 'it does not export `events`, as the index of a generated SDK does');
  return events as readonly AnyEventDefinition[];
}

function addressOf(module: string): string {
  const isPath = /^(\.{0,2}\/|[a-zA-Z]:[\\/])/.test(module);
  const path = isPath ? resolve(module) : createRequire(join(process.cwd(), 'index.js')).resolve(module);
  return pathToFileURL(path).href;
}

function unusable(module: string, why: string, cause?: unknown): AdminError {
  const message = `sdk ${JSON.stringify(module)} cannot be used: ${why}`;
  return new AdminError('CONFIG_INVALID', message, { field: 'sdk', cause });
}
