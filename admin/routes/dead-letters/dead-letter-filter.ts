import type { FastifyRequest } from 'fastify';
import { type Static, Type } from 'typebox';
import type { AdminContext } from '../../context.js';
import { tenantOf } from '../../http/identity.js';
import { knownType, readRange } from '../../http/parameters.js';
import { Name, type SchemasOf, SearchText, timeRange } from '../../http/schemas.js';
import type { DeadLetterFilter } from '../../search/dead-letters.js';

/** Which dead letters, as a listing and a bulk job are asked. */
export const filterProperties = {
  tenantId: Type.Optional(Name('Tenant')),
  type: Type.Optional(Name('Event type')),
  group: Type.Optional(Name('Consumer group')),
  handler: Type.Optional(Name('Handler')),
  reason: Type.Optional(Name('Reason, such as RETRIES_EXHAUSTED')),
  fingerprint: Type.Optional(Name('Fingerprint of an error group')),
  eventId: Type.Optional(Name('Event id')),
  correlationId: Type.Optional(Name('Correlation id')),
  text: Type.Optional(SearchText('A part of its error, ids or names')),
  ...timeRange,
} satisfies SchemasOf<DeadLetterFilter>;

const Filter = Type.Object(filterProperties);

/** Reads a filter; a token that is bound to a tenant sees that tenant's alone. @param part `query`, `body.filter` */
export function readFilter(
  request: FastifyRequest,
  { catalog }: AdminContext,
  asked: Static<typeof Filter>,
  part: string,
): DeadLetterFilter {
  const { from, to, type, ...names } = asked;
  return {
    ...names,
    tenantId: tenantOf(request, asked.tenantId),
    type: knownType(catalog, type, `${part}.type`),
    ...readRange(from, to, [`${part}.from`, `${part}.to`]),
  };
}
