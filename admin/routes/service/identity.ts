import { Type } from 'typebox';
import type { AdminContext } from '../../context.js';
import { identityOf } from '../../http/identity.js';
import { errorAnswers } from '../../http/schemas.js';
import type { Scope } from '../../http/scope.js';

/** Who a token is of. */
export const SignedInUser = Type.Object({
  actor: Type.String(),
  role: Type.String(),
  tenantId: Type.Optional(Type.String({ description: 'Absent where the token is bound to none' })),
  personalData: Type.Boolean({ description: 'Whether the role may see what the catalog marks as personal data' }),
});

/** Who the token is of: what a page shows and hides by. */
export function identityRoutes(app: Scope, _context: AdminContext): void {
  app.get(
    '/admin/identity',
    {
      schema: {
        tags: ['identity'],
        summary: 'Who the token belongs to',
        response: { 200: SignedInUser, ...errorAnswers },
      },
    },
    async (request) => {
      const { actor, role, tenantId } = identityOf(request);
      return { actor, role, personalData: role === 'owner', ...(tenantId === undefined ? {} : { tenantId }) };
    },
  );
}
