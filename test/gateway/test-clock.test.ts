import { afterEach, expect, it } from 'vitest';
import type { FastifyInstance } from 'fastify';
import { systemClock } from '../../src/adapters/clock.ts';
import { createMovableClock } from '../../src/adapters/movable-clock.ts';
import { createGateway } from '../../src/gateway/create-gateway.ts';
import { fakeApp, NOW } from './fake-app.ts';

const URL = '/api/billing-scheduler/test/clock';
const DECEMBER = '2026-12-01T02:00:00.000Z';

let gateway: FastifyInstance | undefined;
afterEach(() => gateway?.close());

const standing = { ...systemClock, now: () => 0 };

async function given(state: Parameters<typeof fakeApp>[0]) {
  const server = (gateway = await createGateway({ app: fakeApp(state).app }));
  return (payload: object, headers: Record<string, string> = {}) =>
    server.inject({ method: 'POST', url: URL, payload, headers });
}

it('moves the clock of a service in test mode', async () => {
  const clock = createMovableClock(standing, NOW);
  const post = await given({ clock });

  const response = await post({ now: '2026-12-01T03:00:00+01:00' });

  expect(response.json()).toEqual({ now: DECEMBER });
  expect(clock.now()).toBe(Date.parse(DECEMBER));
});

it('is not there otherwise', async () => {
  const post = await given({});
  expect((await post({ now: DECEMBER })).statusCode).toBe(404);
});

it('refuses what is no instant and leaves the clock alone', async () => {
  const clock = createMovableClock(standing, NOW);
  const post = await given({ clock });

  const responses = [await post({ now: 'tomorrow' }), await post({}), await post({ now: DECEMBER, more: 1 })];

  expect(responses.map(({ statusCode }) => statusCode)).toEqual([400, 400, 400]);
  expect(clock.now()).toBe(NOW);
});

it('needs the scope "operate"', async () => {
  const tokens = [{ name: 'reader', token: 'r', scopes: ['read', 'run'] as const }];
  const post = await given({ clock: createMovableClock(standing, NOW), tokens });
  expect((await post({ now: DECEMBER }, { authorization: 'Bearer r' })).statusCode).toBe(403);
});
