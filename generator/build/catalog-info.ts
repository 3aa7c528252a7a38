import { createHash } from 'node:crypto';
import type { FoundDocument } from '../document/found-document.js';
import type { CatalogInfo, EnvelopeModel } from '../model/event-model.js';
import { type ModelParts, partText } from '../model/part-text.js';
import type { Cache } from '../support/cache.js';
import { optional } from '../support/values.js';

/** Fields of the envelope that every publish must set. */
export interface EnvelopeOptions {
  /** Default: `required`. */
  readonly tenantId?: 'required' | 'optional' | undefined;
  /** Default: `optional`. */
  readonly userId?: 'required' | 'optional' | undefined;
}

/** The part of the model that describes the catalog as a whole. */
export function catalogInfo(
  { info, version }: FoundDocument,
  parts: ModelParts,
  options: EnvelopeOptions | undefined,
  cache: Cache,
): CatalogInfo {
  const envelope = envelopeOf(options);
  return {
    title: info.title,
    version: info.version,
    ...optional('description', info.description),
    asyncapi: version,
    ...(envelope === undefined ? {} : { envelope }),
    hash: hashOf(parts, envelope, cache),
  };
}

function hashOf(parts: ModelParts, envelope: EnvelopeModel | undefined, cache: Cache): string {
  const lists = (['domains', 'events', 'schemas', 'services'] as const).map((name) => {
    return `"${name}":[${parts[name].map((part) => partText(part, cache)).join()}]`;
  });
  const entries = [...lists, ...(envelope === undefined ? [] : [`"envelope":${JSON.stringify(envelope)}`])];
  return createHash('sha256').update(`{${entries.join()}}`).digest('hex').slice(0, 16);
}

function envelopeOf(options: EnvelopeOptions | undefined): EnvelopeModel | undefined {
  const envelope: EnvelopeModel = {
    ...(options?.tenantId === 'optional' ? { tenantId: 'optional' } : {}),
    ...(options?.userId === 'required' ? { userId: 'required' } : {}),
  };
  return Object.keys(envelope).length === 0 ? undefined : envelope;
}
