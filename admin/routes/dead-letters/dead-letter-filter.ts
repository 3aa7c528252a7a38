import type { FastifyRequest } from 'fastify';
import { type Static, Type } from 'typebox';
import type { AdminContext } from '../../context.js';
import { tenantOf } from '../../http/identity.js';
import { knownType, readRange } from '../../http/parameters.js';
import { Name, type SchemasOf, SearchText, timeRange } from '../../http/schemas.js';
import type { DeadLetterFilter } from '../../search/dead-letters.js';

/** The filter of lists of dead letters and of bulk jobs. */
export const filterProperties = {
  tenantId: Type.Optional(Name('Tenant')),
  type: Type.Optional(Name('Event type')),
  group: Type.Optional(Name('Consumer group')),
  handler: Type.Optional(Name('Handler')),
  reason: Type.Optional(Name('Reason, such as RETRIES_EXHAUSTED')),
  fingerprint: Type.Optional(Name('Fingerprint of an error group')),
  eventId: Type.Optional(Name('Event id')),
  correlationId: Type.Optional(Name('Correlation id')),
  text: Type.Optional(SearchText('Part of the error, the ids or the names')),
  ...timeRange,
} satisfies SchemasOf<DeadLetterFilter>;

const Filter = Type.Object(filterProperties);

/** Reads a filter. If the token is bound to a tenant, the filter is restricted to it. @param part `query` or `body.filter` */
export function readFilter(
  request: FastifyRequest,
  { catalog }: AdminContext,
  requested: Static<typeof Filter>,
  part: string,
): DeadLetterFilter {
  const { from, to, type, ...names } = requested;
  return {
    ...names,
    tenantId: tenantOf(request, requested.tenantId),
    type: knownType(catalog, type, `${part}.type`),
    ...readRange(from, to, [`${part}.from`, `${part}.to`]),
  };
}
