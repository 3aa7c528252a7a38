import { afterAll, afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

vi.stubGlobal('sessionStorage', { getItem: () => null, setItem: () => undefined });
const { ApiError, ask } = await import('../../../../../admin/web/api/client.js');
const { signIn } = await import('../../../../../admin/web/api/token.js');
const request = vi.fn<typeof fetch>();

beforeEach(() => vi.stubGlobal('fetch', request));
afterEach(() => request.mockReset());
// The other files of a worker have the same globals.
afterAll(() => vi.unstubAllGlobals());

/** Address, method and body of the last request. */
function sent() {
  const [address, init] = request.mock.lastCall ?? [];
  return [address, init?.method, init?.body];
}

describe('ask', () => {
  it('fills in the path, omits empty parameters and sends the token', async () => {
    signIn('token', false);
    request.mockResolvedValue(Response.json({ id: 'x' }));
    expect(await ask('GET /admin/events/:id', { path: { id: 'a/b c' } })).toEqual({ id: 'x' });
    expect(sent()).toEqual(['admin/events/a%2Fb%20c', 'GET', null]);
    request.mockResolvedValue(Response.json({}));
    await ask('GET /admin/events', { query: { type: 'a b', tenantId: '', limit: 2, cursor: undefined } });
    expect(sent()).toEqual(['admin/events?type=a+b&limit=2', 'GET', null]);
    expect(new Headers(request.mock.lastCall?.[1]?.headers).get('authorization')).toBe('Bearer token');
  });

  it('sends a body as JSON, and no body if there is none', async () => {
    request.mockResolvedValue(Response.json({}));
    await ask('POST /admin/events/parked/discard', { body: { ids: ['1'] } });
    expect(sent()).toEqual(['admin/events/parked/discard', 'POST', '{"ids":["1"]}']);
    request.mockResolvedValue(Response.json({}));
    await ask('POST /admin/events/replay/:jobId/cancel', { path: { jobId: 'j' } });
    expect(sent()).toEqual(['admin/events/replay/j/cancel', 'POST', null]);
  });

  it('rejects with the code of the service; also if a proxy answers or nothing responds', async () => {
    request.mockResolvedValue(Response.json({ code: 'CONFLICT', message: 'has ended' }, { status: 409 }));
    const cancel = () => ask('POST /admin/events/replay/:jobId/cancel', { path: { jobId: 'j' } });
    await expect(cancel()).rejects.toMatchObject({ status: 409, code: 'CONFLICT', message: 'has ended' });
    request.mockResolvedValue(new Response('<html>', { status: 502 }));
    await expect(cancel()).rejects.toMatchObject({ status: 502, message: 'the server answered 502' });
    request.mockRejectedValue(new TypeError('failed'));
    await expect(cancel()).rejects.toBeInstanceOf(ApiError);
  });

  it('does not compile with an unknown parameter, a missing parameter, or a wrong answer', () => {
    const calls = () => [
      // @ts-expect-error no such parameter
      ask('GET /admin/events', { query: { colour: 'red' } }),
      // @ts-expect-error the path needs an id
      ask('GET /admin/events/:id', {}),
      // @ts-expect-error the query needs `every`
      ask('GET /admin/events/series', { query: {} }),
      // @ts-expect-error it answers text
      ask('GET /metrics', {}),
      // @ts-expect-error a count has no status
      ask('POST /admin/events/dlq/bulk', { body: { action: 'retry', filter: {}, dryRun: true } }).then((a) => a.status),
    ];
    expect(calls).toBeTypeOf('function');
  });
});
