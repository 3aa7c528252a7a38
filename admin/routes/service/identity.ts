import { Type } from 'typebox';
import type { AdminContext } from '../../context.js';
import { identityOf } from '../../http/identity.js';
import { errorAnswers } from '../../http/schemas.js';
import type { Scope } from '../../http/scope.js';
import { present } from '../../support/present.js';

/** The user that a token belongs to. */
export const SignedInUser = Type.Object({
  actor: Type.String(),
  role: Type.String(),
  tenantId: Type.Optional(Type.String({ description: 'Absent if the token is not bound to a tenant' })),
  publishes: Type.Boolean({ description: 'Whether events can be published by hand: only under `hyvve-events dev`' }),
  personalData: Type.Boolean({ description: 'Whether the role may see personal data' }),
});

/** The user of the request's token: pages show or hide parts depending on it. */
export function identityRoutes(app: Scope, { development }: AdminContext): void {
  app.get(
    '/admin/identity',
    {
      schema: {
        tags: ['identity'],
        summary: 'The user that the token belongs to',
        response: { 200: SignedInUser, ...errorAnswers },
      },
    },
    async (request) => {
      const { actor, role, tenantId } = identityOf(request);
      return present({ actor, role, publishes: development !== undefined, personalData: role === 'owner', tenantId });
    },
  );
}
