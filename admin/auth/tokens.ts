import { createRemoteJWKSet, errors, type JWTPayload, type JWTVerifyGetKey, jwtVerify, SignJWT } from 'jose';
import { AdminError } from '../errors.js';
import type { TokenKeys } from '../options.js';
import { present } from '../support/present.js';

/** Roles of tokens. An owner may also see personal data. */
export const roles = ['admin', 'owner'] as const;
export type Role = (typeof roles)[number];

/** Who a request is from. */
export interface Identity {
  /** The token's subject. */
  readonly actor: string;
  readonly role: Role;
  /** The tenant that the token is bound to; undefined if it may see all tenants. */
  readonly tenantId: string | undefined;
  /** When the token expires, in milliseconds since 1970. */
  readonly expiresAt: number;
}

export interface VerifierOptions {
  readonly keys: TokenKeys;
  readonly issuer?: string;
  readonly audience?: string;
}

/**
 * Determines who a token belongs to.
 * @throws AdminError `TOKEN_INVALID`, `ROLE_MISSING`, `KEYS_UNAVAILABLE`
 */
export type Verify = (token: string) => Promise<Identity>;

const clockToleranceSeconds = 5;
/** Maximum number of characters of an actor and a tenant: many log entries contain them. */
const maxClaimLength = 200;

/** Creates the verifier of tokens. jose compares signatures in constant time. */
export function createVerifier({ keys, issuer, audience }: VerifierOptions): Verify {
  const options = present({
    algorithms: 'secret' in keys ? ['HS256'] : ['RS256', 'PS256', 'ES256', 'EdDSA'],
    requiredClaims: ['sub', 'exp'],
    clockTolerance: clockToleranceSeconds,
    issuer,
    audience,
  });
  const key =
    'secret' in keys ? secretKey(keys.secret) : createRemoteJWKSet(new URL(keys.jwksUrl), { timeoutDuration: 3_000 });
  return async (token) => {
    let payload: JWTPayload;
    try {
      ({ payload } = await jwtVerify(token, key, options));
    } catch (cause) {
      throw refused(cause);
    }
    return identityOf(payload);
  };
}

/** The content of a token that {@link signToken} makes. */
export interface TokenClaims {
  /** The person, who is recorded in the audit log. */
  readonly sub: string;
  readonly role: Role;
  /** Binds the token to this tenant. Default: it may see all tenants. */
  readonly tenantId?: string;
  /** As the service requires it (`ADMIN_JWT_ISSUER`). Default, also if empty: none. */
  readonly issuer?: string | undefined;
  /** As the service requires it (`ADMIN_JWT_AUDIENCE`). Default, also if empty: none. */
  readonly audience?: string | undefined;
}

/** Signs a token with a secret. @param lifetime For example `12h`. */
export function signToken(secret: string, claims: TokenClaims, lifetime: string): Promise<string> {
  const { sub, issuer = '', audience = '', ...rest } = claims;
  const token = new SignJWT(rest).setProtectedHeader({ alg: 'HS256' }).setSubject(sub);
  if (issuer !== '') token.setIssuer(issuer);
  if (audience !== '') token.setAudience(audience);
  return token.setIssuedAt().setExpirationTime(lifetime).sign(Buffer.from(secret));
}

function secretKey(secret: string): JWTVerifyGetKey {
  const bytes = Buffer.from(secret);
  return async () => bytes;
}

function identityOf({ sub = '', role, tenantId, exp = 0 }: JWTPayload): Identity {
  const expiresAt = (exp + clockToleranceSeconds) * 1_000;
  if (sub === '' || sub.length > maxClaimLength) {
    throw new AdminError('TOKEN_INVALID', `the token's sub must have 1 to ${maxClaimLength} characters`);
  }
  const known = roles.find((name) => name === role);
  if (known === undefined) {
    throw new AdminError('ROLE_MISSING', `the token's role must be one of ${roles.join(', ')}`);
  }
  if (tenantId === undefined) return { actor: sub, role: known, tenantId: undefined, expiresAt };
  // An invalid binding must not give access to all tenants.
  if (typeof tenantId !== 'string' || tenantId === '' || tenantId.length > maxClaimLength) {
    throw new AdminError('TOKEN_INVALID', "the token's tenantId must be a string that is not empty");
  }
  return { actor: sub, role: known, tenantId, expiresAt };
}

function refused(cause: unknown): AdminError {
  if (cause instanceof errors.JWTExpired) return new AdminError('TOKEN_INVALID', 'the token has expired', { cause });
  const isToken = cause instanceof errors.JOSEError && !(cause instanceof errors.JWKSTimeout);
  if (isToken && cause.code !== 'ERR_JOSE_GENERIC') {
    return new AdminError('TOKEN_INVALID', 'the token is not valid: check its signature and claims', {
      cause,
    });
  }
  return new AdminError('KEYS_UNAVAILABLE', 'the keys for verifying tokens cannot be fetched; check ADMIN_JWKS_URL', {
    cause,
  });
}
