import { afterEach, expect, it } from 'vitest';
import type { FastifyInstance } from 'fastify';
import { BillingError, ERRORS, type ErrorCode } from '../../src/errors.ts';
import { createGateway } from '../../src/gateway/create-gateway.ts';
import { statusOf } from '../../src/gateway/problem.ts';
import { PROBLEM_CODES } from '../../src/gateway/routes-problems.ts';
import { fakeApp } from './fake-app.ts';

const API = '/api/billing-scheduler';

let gateway: FastifyInstance | undefined;
afterEach(() => gateway?.close());

it.each([
  ['POSTGRES_UNREACHABLE', 503],
  ['KAFKA_UNREACHABLE', 503],
  ['UNAVAILABLE', 503],
  ['SETUP_MISSING', 503],
  ['REGISTER_CONFLICT', 500],
  ['AMOUNT_OVERFLOW', 500],
  ['CONFIG_INVALID', 500],
] as const)('%s is %i and keeps what it knows to the log', async (code, status) => {
  const { app, state } = fakeApp({ readError: new BillingError(code, 'postgres://ops:hunter2@db:5432 is away') });
  gateway = await createGateway({ app });

  const response = await gateway.inject({ method: 'GET', url: `${API}/runs` });

  expect(response.statusCode).toBe(status);
  expect(response.headers['retry-after']).toBe(status === 503 ? '5' : undefined);
  expect(response.json()).toMatchObject({ code, status });
  expect(response.body).not.toContain('hunter2');
  expect(state.lines).toContainEqual(expect.objectContaining({ level: status === 503 ? 'warn' : 'error' }));
});

it('an error nobody expected is 500 without its message or stack', async () => {
  const { app, state } = fakeApp({ readError: new TypeError('cannot read hunter2 of undefined') });
  gateway = await createGateway({ app });

  const response = await gateway.inject({ method: 'GET', url: `${API}/runs` });

  expect(response.statusCode).toBe(500);
  expect(response.json()).toMatchObject({ code: 'INTERNAL', title: ERRORS.INTERNAL.meaning });
  expect(response.body).not.toMatch(/hunter2|TypeError|\.ts/);
  const logged = state.lines.find((line) => line.level === 'error')!;
  expect(logged['err']).toBe(state.readError);
  expect(response.json<{ detail: string }>().detail).toContain(logged['requestId']);
});

it.each([
  ['GET', `${API}/process-monthly-billing`, 'POST'],
  ['DELETE', `${API}/runs/run-1`, 'GET, HEAD'],
  ['POST', `${API}/runs`, 'GET, HEAD'],
  ['HEAD', `${API}/runs/run-1/progress`, 'GET'],
  ['PUT', '/metrics', 'GET, HEAD'],
] as const)('%s %s is 405 and names the methods that go', async (method, url, allow) => {
  gateway = await createGateway({ app: fakeApp().app });

  const response = await gateway.inject({ method, url, ...(method === 'PUT' ? { payload: 'anything' } : {}) });

  expect(response.statusCode).toBe(405);
  expect(response.headers['allow']).toBe(allow);
  if (method !== 'HEAD') expect(response.json()).toMatchObject({ code: 'METHOD_NOT_ALLOWED', status: 405 });
});

it.each([`${API}/hold`, `${API}/github-webhook`, `${API}/runs/run-1/stop`, '/', '/runs'])(
  '%s is no route',
  async (url) => {
    gateway = await createGateway({ app: fakeApp().app });

    const response = await gateway.inject({ method: 'POST', url });

    expect(response.statusCode).toBe(404);
    expect(response.json()).toMatchObject({ code: 'NOT_FOUND' });
  },
);

it('the type of a problem leads to a page that explains every code', async () => {
  gateway = await createGateway({ app: fakeApp().app });

  const page = await gateway.inject({ method: 'GET', url: '/docs/problems' });

  for (const code of PROBLEM_CODES)
    expect(page.body).toContain(`<tr id="${code}"><td><code>${code}</code></td><td>${statusOf(code)}`);
  expect(PROBLEM_CODES).toEqual(expect.arrayContaining(Object.keys(ERRORS) as ErrorCode[]));
});
