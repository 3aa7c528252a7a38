import { decodeJwt, exportJWK, generateKeyPair, SignJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createVerifier, signToken } from '../../../../admin/auth/tokens.js';
import { type HttpServer, startHttpServer } from '../../../support/http-server.js';

const secret = 's'.repeat(32);
const sign = (claims: object, alg = 'HS256') =>
  new SignJWT({ ...claims }).setProtectedHeader({ alg }).setExpirationTime('1h');

describe('tokens that are signed with a secret', () => {
  const verify = createVerifier({ keys: { secret } });

  it('a valid token: identifies its user', async () => {
    expect(await verify(await signToken(secret, { sub: 'ann', role: 'owner', tenantId: 'acme' }, '1h'))).toEqual({
      actor: 'ann',
      role: 'owner',
      tenantId: 'acme',
      expiresAt: expect.any(Number),
    });
    expect(await verify(await signToken(secret, { sub: 'ann', role: 'admin' }, '1h'))).toMatchObject({
      tenantId: undefined,
    });
  });

  it('signToken sets the issuer and the audience that the service requires; empty ones are not set', async () => {
    const required = { issuer: 'https://issuer.example', audience: 'hyvve' };
    const strict = createVerifier({ keys: { secret }, ...required });
    const claims = { sub: 'ann', role: 'admin' } as const;
    expect(await strict(await signToken(secret, { ...claims, ...required }, '1h'))).toMatchObject({ actor: 'ann' });
    const without = await signToken(secret, { ...claims, issuer: '', audience: '' }, '1h');
    await expect(strict(without)).rejects.toMatchObject({ code: 'TOKEN_INVALID' });
    expect(await verify(without)).toMatchObject({ actor: 'ann' });
    expect(decodeJwt(without)).not.toHaveProperty('iss');
  });

  it.each([
    ['no subject', { role: 'admin' }, 'TOKEN_INVALID'],
    ['an empty subject', { sub: '', role: 'admin' }, 'TOKEN_INVALID'],
    ['a subject of 201 characters', { sub: 'x'.repeat(201), role: 'admin' }, 'TOKEN_INVALID'],
    ['no role', { sub: 'ann' }, 'ROLE_MISSING'],
    ['an unknown role', { sub: 'ann', role: 'Admin' }, 'ROLE_MISSING'],
    ['roles in a list', { sub: 'ann', role: ['admin'] }, 'ROLE_MISSING'],
    ['a binding that is not a string', { sub: 'ann', role: 'admin', tenantId: ['acme'] }, 'TOKEN_INVALID'],
    ['an empty binding', { sub: 'ann', role: 'admin', tenantId: '' }, 'TOKEN_INVALID'],
    ['a binding to null', { sub: 'ann', role: 'admin', tenantId: null }, 'TOKEN_INVALID'],
  ])('are refused with %s', async (_what, claims, code) => {
    await expect(verify(await sign(claims).sign(Buffer.from(secret)))).rejects.toMatchObject({ code });
  });

  it('are refused without an expiry, or with another secret, algorithm, issuer or audience', async () => {
    const endless = await new SignJWT({ sub: 'ann', role: 'admin' })
      .setProtectedHeader({ alg: 'HS256' })
      .sign(Buffer.from(secret));
    const claims = { sub: 'ann', role: 'admin' };
    const foreign = await sign(claims).sign(Buffer.from('t'.repeat(32)));
    const stronger = await sign(claims, 'HS512').sign(Buffer.from(secret.repeat(2)));
    for (const token of [endless, foreign, stronger])
      await expect(verify(token)).rejects.toMatchObject({ code: 'TOKEN_INVALID' });
    const strict = createVerifier({ keys: { secret }, issuer: 'id', audience: 'admin' });
    await expect(strict(await sign(claims).sign(Buffer.from(secret)))).rejects.toMatchObject({ code: 'TOKEN_INVALID' });
    const named = await sign(claims).setIssuer('id').setAudience('admin').sign(Buffer.from(secret));
    expect(await strict(named)).toMatchObject({ actor: 'ann' });
  });
});

describe('tokens that are verified with public keys', () => {
  let server: HttpServer;
  let url: string;
  let body = '{"keys":[]}';
  beforeAll(async () => {
    server = await startHttpServer((_request, response) => {
      response.setHeader('content-type', 'application/json').end(body);
    });
    url = `${server.origin}/keys`;
  });
  afterAll(() => server.close());

  it('are verified with the keys of the URL; a token signed with the public key as secret is refused', async () => {
    const { privateKey, publicKey } = await generateKeyPair('ES256', { extractable: true });
    body = JSON.stringify({ keys: [{ ...(await exportJWK(publicKey)), alg: 'ES256' }] });
    const verify = createVerifier({ keys: { jwksUrl: url } });
    expect(await verify(await sign({ sub: 'ann', role: 'admin' }, 'ES256').sign(privateKey))).toMatchObject({
      actor: 'ann',
    });
    const confused = await sign({ sub: 'ann', role: 'owner' }).sign(Buffer.from(body));
    await expect(verify(confused)).rejects.toMatchObject({ code: 'TOKEN_INVALID' });
  });

  it('are answered with KEYS_UNAVAILABLE while the URL does not respond', async () => {
    const { privateKey } = await generateKeyPair('ES256');
    const verify = createVerifier({ keys: { jwksUrl: 'http://127.0.0.1:1/keys' } });
    const token = await sign({ sub: 'ann', role: 'admin' }, 'ES256').sign(privateKey);
    await expect(verify(token)).rejects.toMatchObject({ code: 'KEYS_UNAVAILABLE', statusCode: 503 });
  });
});
