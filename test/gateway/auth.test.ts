import { afterEach, describe, expect, it } from 'vitest';
import type { FastifyInstance } from 'fastify';
import type { ApiToken } from '../../src/config.ts';
import { createGateway } from '../../src/gateway/create-gateway.ts';
import { fakeApp } from './fake-app.ts';

const API = '/api/billing-scheduler';
const TOKENS: readonly ApiToken[] = [
  { name: 'reader', token: 'token-of-reader', scopes: ['read'] },
  { name: 'finance', token: 'token-of-finance', scopes: ['read', 'run'] },
];
const GUARDED = [
  ['POST', '/process-monthly-billing'],
  ['POST', '/process-shop-billing/s1'],
  ['GET', '/status'],
  ['GET', '/runs'],
  ['GET', '/runs/run-1'],
  ['GET', '/runs/run-1/shops'],
  ['GET', '/runs/run-1/progress'],
  ['GET', '/invoices'],
  ['GET', '/invoices/INV-2026-000001'],
  ['GET', '/dead-letters'],
] as const;
const FREE = [`${API}/health`, `${API}/health/live`, `${API}/health/ready`, '/metrics', '/docs/json'];

let gateway: FastifyInstance | undefined;
afterEach(() => gateway?.close());

async function start(tokens: readonly ApiToken[]) {
  const { app, state } = fakeApp({ tokens });
  return { state, gateway: (gateway = await createGateway({ app })) };
}

describe('with tokens configured', () => {
  it.each(GUARDED)('%s %s asks for one', async (method, path) => {
    const { state, gateway } = await start(TOKENS);

    const response = await gateway.inject({ method, url: `${API}${path}` });

    expect(response.statusCode).toBe(401);
    expect(response.headers['www-authenticate']).toBe('Bearer realm="billing-scheduler"');
    expect(response.json()).toMatchObject({ code: 'UNAUTHENTICATED', status: 401 });
    expect(state.asked).toEqual([]);
  });

  it.each(['Bearer token-of-reade', 'Bearer token-of-reader2', 'Bearer ', 'Basic dG9rZW4=', 'token-of-reader'])(
    '%j is none',
    async (authorization) => {
      const { gateway } = await start(TOKENS);

      const response = await gateway.inject({ method: 'GET', url: `${API}/runs`, headers: { authorization } });

      expect(response.statusCode).toBe(401);
      expect(response.body).not.toContain('token-of');
    },
  );

  it('one that may read may not ask for runs', async () => {
    const { state, gateway } = await start(TOKENS);
    const headers = { authorization: 'Bearer token-of-reader' };

    const read = await gateway.inject({ method: 'GET', url: `${API}/runs`, headers });
    const run = await gateway.inject({ method: 'POST', url: `${API}/process-monthly-billing`, headers });

    expect(read.statusCode).toBe(200);
    expect(run.statusCode).toBe(403);
    expect(run.headers['www-authenticate']).toContain('error="insufficient_scope", scope="run"');
    expect(run.json()).toMatchObject({ code: 'FORBIDDEN', status: 403 });
    expect(state.asked).toEqual([]);
  });

  it('names who asked in the request and in the log, from any machine', async () => {
    const { state, gateway } = await start(TOKENS);

    const response = await gateway.inject({
      method: 'POST',
      url: `${API}/process-monthly-billing`,
      headers: { authorization: 'bearer token-of-finance' },
      remoteAddress: '203.0.113.9',
    });

    expect(response.statusCode).toBe(202);
    expect(state.asked).toMatchObject([{ trigger: { source: 'api', actor: 'finance', deliveryId: null } }]);
    expect(state.lines).toContainEqual(expect.objectContaining({ message: 'request answered', caller: 'finance' }));
    expect(JSON.stringify(state.lines)).not.toContain('token-of');
  });

  it.each(FREE)('%s is free for all', async (url) => {
    const { gateway } = await start(TOKENS);

    expect((await gateway.inject({ method: 'GET', url, remoteAddress: '203.0.113.9' })).statusCode).toBe(200);
  });
});

describe('without any token', () => {
  const inject = (gateway: FastifyInstance, remoteAddress: string, headers: Record<string, string> = {}) =>
    gateway.inject({ method: 'POST', url: `${API}/process-monthly-billing`, remoteAddress, headers });

  it.each(['127.0.0.1', '127.8.9.1', '::1', '::ffff:127.0.0.1'])('serves %s', async (address) => {
    const { gateway } = await start([]);

    expect((await inject(gateway, address)).statusCode).toBe(202);
  });

  it.each(['10.0.0.1', '203.0.113.9', '::ffff:10.0.0.1', 'fe80::1', '127.evil'])(
    'does not serve %s',
    async (address) => {
      const { state, gateway } = await start([]);

      const response = await inject(gateway, address);

      expect(response.statusCode).toBe(403);
      expect(response.json()).toMatchObject({ code: 'FORBIDDEN' });
      expect(state.asked).toEqual([]);
    },
  );

  it.each([
    ['a page from elsewhere', { origin: 'https://evil.example' }],
    ['a page on another port of this machine', { host: 'localhost:8000', origin: 'http://localhost:3000' }],
    ['a page without an origin of its own', { origin: 'null' }],
    ['a browser that tells of another site', { 'sec-fetch-site': 'cross-site' }],
    ['a name made to resolve to this machine', { host: 'evil.example:8000' }],
  ])('does not serve %s', async (_name, headers) => {
    const { state, gateway } = await start([]);

    const response = await inject(gateway, '127.0.0.1', headers);

    expect(response.statusCode).toBe(403);
    expect(state.asked).toEqual([]);
  });

  it('serves its own pages', async () => {
    const { gateway } = await start([]);

    const headers = { host: '127.0.0.1:8000', origin: 'http://127.0.0.1:8000', 'sec-fetch-site': 'same-origin' };

    expect((await inject(gateway, '127.0.0.1', headers)).statusCode).toBe(202);
  });

  it('says so once', async () => {
    const { state, gateway } = await start([]);

    await inject(gateway, '127.0.0.1');

    expect(state.lines.filter((line) => line.level === 'warn' && line.message.includes('API_TOKENS'))).toHaveLength(1);
  });
});
