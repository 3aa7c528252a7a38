import { createRemoteJWKSet, errors, type JWTPayload, type JWTVerifyGetKey, jwtVerify, SignJWT } from 'jose';
import { AdminError } from '../errors.js';
import type { TokenKeys } from '../options.js';

/** What tokens may be for. An owner may see personal data besides. */
export const roles = ['admin', 'owner'] as const;
export type Role = (typeof roles)[number];

/** Who a request is from. */
export interface Identity {
  /** The token's subject. */
  readonly actor: string;
  readonly role: Role;
  /** The tenant the token is bound to; undefined when it may see them all. */
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
/** Bytes at most of an actor and a tenant: they stand in every line of the log. */
const maxClaimLength = 200;

/** Makes the check of tokens. jose compares signatures in constant time. */
export function createVerifier({ keys, issuer, audience }: VerifierOptions): Verify {
  const options = {
    algorithms: 'secret' in keys ? ['HS256'] : ['RS256', 'PS256', 'ES256', 'EdDSA'],
    requiredClaims: ['sub', 'exp'],
    clockTolerance: clockToleranceSeconds,
    ...(issuer === undefined ? {} : { issuer }),
    ...(audience === undefined ? {} : { audience }),
  };
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

/** Signs a token with a secret. @param lifetime Such as `12h`. */
export function signToken(
  secret: string,
  claims: { readonly sub: string; readonly role: Role; readonly tenantId?: string },
  lifetime: string,
): Promise<string> {
  const { sub, ...rest } = claims;
  const token = new SignJWT(rest).setProtectedHeader({ alg: 'HS256' }).setSubject(sub);
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
  // A binding that cannot be read must not count as none.
  if (typeof tenantId !== 'string' || tenantId === '' || tenantId.length > maxClaimLength) {
    throw new AdminError('TOKEN_INVALID', "the token's tenantId must be a string that is not empty");
  }
  return { actor: sub, role: known, tenantId, expiresAt };
}

function refused(cause: unknown): AdminError {
  if (cause instanceof errors.JWTExpired) return new AdminError('TOKEN_INVALID', 'the token has expired', { cause });
  const isToken = cause instanceof errors.JOSEError && !(cause instanceof errors.JWKSTimeout);
  if (isToken && cause.code !== 'ERR_JOSE_GENERIC') {
    return new AdminError('TOKEN_INVALID', 'the token cannot be used: its signature or a claim does not fit', {
      cause,
    });
  }
  return new AdminError('KEYS_UNAVAILABLE', 'the keys that tokens are checked with cannot be fetched', { cause });
}
