import { afterEach, describe, expect, it } from 'vitest';
import type { FastifyInstance } from 'fastify';
import { BillingError } from '../../src/errors.ts';
import { createGateway } from '../../src/gateway/create-gateway.ts';
import { fakeApp, jumpingClock, type FakeState } from './fake-app.ts';
import { runView, shopResultView } from './views.ts';

const MONTHLY = '/api/billing-scheduler/process-monthly-billing';
const SHOP = '/api/billing-scheduler/process-shop-billing';

let gateway: FastifyInstance | undefined;
afterEach(() => gateway?.close());

async function start(
  options: Parameters<typeof fakeApp>[0] = {},
): Promise<{ state: FakeState; gateway: FastifyInstance }> {
  const { app, state } = fakeApp(options);
  gateway = await createGateway({ app });
  return { state, gateway };
}

describe('asking for a month', () => {
  it('asks with the defaults when there is no body', async () => {
    const { state, gateway } = await start();

    const response = await gateway.inject({ method: 'POST', url: MONTHLY });

    expect(response.statusCode).toBe(202);
    expect(response.headers.location).toBe('/api/billing-scheduler/runs/run-1');
    expect(response.json()).toEqual({
      run_id: 'run-1',
      status: 'accepted',
      period: { start_date: '2026-10-01', end_date: '2026-10-31' },
      dry_run: false,
      links: {
        self: '/api/billing-scheduler/runs/run-1',
        shops: '/api/billing-scheduler/runs/run-1/shops',
        progress: '/api/billing-scheduler/runs/run-1/progress',
      },
    });
    expect(state.asked).toEqual([
      {
        shopIds: null,
        period: null,
        periodStart: null,
        periodEnd: null,
        dryRun: false,
        force: false,
        trigger: { source: 'api', actor: 'api', deliveryId: null },
      },
    ]);
    expect(state.lines).toContainEqual(
      expect.objectContaining({ message: 'request answered', correlationId: 'run-1' }),
    );
  });

  it('passes on everything it was given, each shop once', async () => {
    const { state, gateway } = await start();
    const payload = {
      shop_ids: ['b', 'a', 'b'],
      period_start: '2026-10-05',
      period_end: '2026-10-06',
      dry_run: true,
      force: true,
    };

    const response = await gateway.inject({ method: 'POST', url: MONTHLY, payload });

    expect(response.statusCode).toBe(202);
    expect(response.json()).toMatchObject({
      dry_run: true,
      period: { start_date: '2026-10-05', end_date: '2026-10-06' },
    });
    expect(state.asked).toMatchObject([
      { shopIds: ['b', 'a'], periodStart: '2026-10-05', periodEnd: '2026-10-06', dryRun: true, force: true },
    ]);
  });

  it.each([
    ['an unknown field', { dryrun: true }, 'dryrun'],
    ['a text for a boolean', { dry_run: 'true' }, 'dry_run'],
    ['a number for a boolean', { force: 1 }, 'force'],
    ['one shop that is no list', { shop_ids: 's1' }, 'shop_ids'],
    ['null for a list', { shop_ids: null }, 'shop_ids'],
    ['no shop at all', { shop_ids: [] }, 'shop_ids'],
    ['an empty shop id', { shop_ids: ['a', ''] }, 'shop_ids.1'],
    ['a number as shop id', { shop_ids: [7] }, 'shop_ids.0'],
    ['a shop id of 257 characters', { shop_ids: ['x'.repeat(257)] }, 'shop_ids.0'],
    ['a shop id no database can hold', { shop_ids: ['a\u0000b'] }, 'shop_ids.0'],
    ['half a surrogate pair', { shop_ids: ['a\ud800'] }, 'shop_ids.0'],
    ['10 001 shops', { shop_ids: Array.from({ length: 10_001 }, (_, index) => `s${index}`) }, 'shop_ids'],
    ['a list instead of an object', [], ''],
  ])('refuses %s, names the field and asks for nothing', async (_name, payload, field) => {
    const { state, gateway } = await start();

    const response = await gateway.inject({ method: 'POST', url: MONTHLY, payload });

    expect(response.statusCode).toBe(400);
    expect(response.headers['content-type']).toBe('application/problem+json; charset=utf-8');
    const problem = response.json<{ detail: string; errors: { field: string }[] }>();
    expect(problem).toMatchObject({ code: 'USAGE', status: 400, type: '/docs/problems#USAGE', errors: [{ field }] });
    expect(problem.detail).toContain(field);
    expect(state.asked).toEqual([]);
  });

  it('takes 10 000 shops, and ids of 256 characters', async () => {
    const { state, gateway } = await start();
    const shopIds = Array.from({ length: 10_000 }, (_, index) => `s${index}`);

    const many = await gateway.inject({ method: 'POST', url: MONTHLY, payload: { shop_ids: shopIds } });
    const long = await gateway.inject({ method: 'POST', url: MONTHLY, payload: { shop_ids: ['é'.repeat(256)] } });

    expect([many.statusCode, long.statusCode]).toEqual([202, 202]);
    expect(state.asked[0]?.shopIds).toHaveLength(10_000);
  });

  it.each([
    [{ period: '2026-13' }, 'PERIOD_INVALID'],
    [{ period: 'October' }, 'PERIOD_INVALID'],
    [{ period: '2026-11' }, 'PERIOD_NOT_ENDED'],
    [{ period_start: '2026-10-01' }, 'PERIOD_INVALID'],
    [{ period_start: '2026-10-31', period_end: '2026-10-01' }, 'PERIOD_INVALID'],
  ])('refuses the period %o with %s', async (payload, code) => {
    const { state, gateway } = await start();

    const response = await gateway.inject({ method: 'POST', url: MONTHLY, payload });

    expect(response.statusCode).toBe(400);
    expect(response.json()).toMatchObject({ code, type: `/docs/problems#${code}` });
    expect(state.asked).toEqual([]);
  });

  it('tells how a run stands that was there already', async () => {
    const { gateway } = await start({ published: false, runs: [runView({ status: 'completed_with_failures' })] });

    const response = await gateway.inject({ method: 'POST', url: MONTHLY });

    expect(response.statusCode).toBe(202);
    expect(response.json()).toMatchObject({ run_id: 'run-1', status: 'completed_with_failures' });
  });
});

describe('asking for one shop', () => {
  it('asks for that shop, whatever characters its id has', async () => {
    const { state, gateway } = await start();

    const shopId = `a/b ü${'語'.repeat(251)}`;
    const response = await gateway.inject({
      method: 'POST',
      url: `${SHOP}/${encodeURIComponent(shopId)}`,
      payload: { period: '2026-09', dry_run: true },
    });

    expect(response.statusCode).toBe(202);
    expect(state.asked).toMatchObject([{ shopIds: [shopId], period: '2026-09', dryRun: true }]);
  });

  it('knows no list of shops there', async () => {
    const { state, gateway } = await start();

    const response = await gateway.inject({ method: 'POST', url: `${SHOP}/s1`, payload: { shop_ids: ['s2'] } });

    expect(response.statusCode).toBe(400);
    expect(response.json()).toMatchObject({ errors: [{ field: 'shop_ids', message: 'is unknown' }] });
    expect(state.asked).toEqual([]);
  });
});

describe('a body that cannot be read', () => {
  it.each([
    ['malformed JSON', '{"dry_run": tru', 'application/json', 400, 'BODY_MALFORMED'],
    ['an empty body announced as JSON', '', 'application/json', 400, 'BODY_MALFORMED'],
    ['an attempt at the prototype', '{"__proto__": {"dry_run": true}}', 'application/json', 400, 'BODY_MALFORMED'],
    ['plain text', 'dry_run', 'text/plain', 415, 'MEDIA_TYPE_UNSUPPORTED'],
    ['a form', 'dry_run=true', 'application/x-www-form-urlencoded', 415, 'MEDIA_TYPE_UNSUPPORTED'],
    ['one byte over 1 MiB', ' '.repeat(1024 * 1024 - 1) + '{}', 'application/json', 413, 'BODY_TOO_LARGE'],
  ])('%s is refused and nothing is asked for', async (_name, payload, contentType, status, code) => {
    const { state, gateway } = await start();

    const response = await gateway.inject({
      method: 'POST',
      url: MONTHLY,
      payload,
      headers: { 'content-type': contentType },
    });

    expect(response.statusCode).toBe(status);
    expect(response.headers['content-type']).toBe('application/problem+json; charset=utf-8');
    expect(response.json()).toMatchObject({ status, code });
    expect(state.asked).toEqual([]);
  });

  it('exactly 1 MiB is still read', async () => {
    const { gateway } = await start();

    const response = await gateway.inject({
      method: 'POST',
      url: MONTHLY,
      payload: ' '.repeat(1024 * 1024 - 2) + '{}',
      headers: { 'content-type': 'application/json' },
    });

    expect(response.statusCode).toBe(202);
  });
});

describe('Prefer: wait', () => {
  it('answers with the results when the run ends in time', async () => {
    let ticks = 0;
    const clock = jumpingClock(() => {
      ticks++;
      if (ticks === 3) state.runs = [runView({ status: 'running', outcomes: {}, completedAt: null })];
      if (ticks === 6) state.runs = [runView()];
    });
    const { state, gateway } = await start({ clock, shopResults: [shopResultView('s1')] });

    const response = await gateway.inject({ method: 'POST', url: MONTHLY, headers: { prefer: 'wait=30' } });

    expect(response.statusCode).toBe(200);
    expect(response.headers['preference-applied']).toBe('wait=30');
    expect(response.json()).toMatchObject({
      run_id: 'run-1',
      status: 'completed',
      shop_results: [{ shop_id: 's1', calculated_fee: '90.00' }],
      next_cursor: null,
    });
  });

  it('answers 202 with the status when it does not', async () => {
    const clock = jumpingClock();
    const { gateway } = await start({ clock, runs: [runView({ status: 'running', completedAt: null })] });
    const begun = clock.now();

    const response = await gateway.inject({
      method: 'POST',
      url: MONTHLY,
      headers: { prefer: 'respond-async, wait=30' },
    });

    expect(response.statusCode).toBe(202);
    expect(response.headers['preference-applied']).toBe('wait=30');
    expect(response.json()).toMatchObject({ status: 'running' });
    expect(clock.now() - begun).toBe(30_000);
  });

  it('waits two minutes at most', async () => {
    const clock = jumpingClock();
    const { gateway } = await start({ clock });
    const begun = clock.now();

    const response = await gateway.inject({ method: 'POST', url: MONTHLY, headers: { prefer: 'wait=100000' } });

    expect(response.headers['preference-applied']).toBe('wait=120');
    expect(response.json()).toMatchObject({ status: 'accepted' });
    expect(clock.now() - begun).toBe(120_000);
  });

  it.each(['wait=0', 'wait=soon', 'return=minimal', 'wait=-1'])('does not wait for %s', async (prefer) => {
    const { gateway } = await start();

    const response = await gateway.inject({ method: 'POST', url: MONTHLY, headers: { prefer } });

    expect(response.statusCode).toBe(202);
    expect(response.headers).not.toHaveProperty('preference-applied');
  });

  it('answers at once with the results of a run that ended before', async () => {
    const clock = jumpingClock();
    const { gateway } = await start({ clock, published: false, runs: [runView()] });
    const begun = clock.now();

    const response = await gateway.inject({ method: 'POST', url: MONTHLY, headers: { prefer: 'wait=30' } });

    expect(response.statusCode).toBe(200);
    expect(clock.now()).toBe(begun);
  });

  it('does not call a run refused that was asked for, when the read models fail later', async () => {
    const { state, gateway } = await start({ readError: new BillingError('POSTGRES_UNREACHABLE', 'db:5432 is away') });

    const response = await gateway.inject({ method: 'POST', url: MONTHLY, headers: { prefer: 'wait=30' } });

    expect(response.statusCode).toBe(202);
    expect(response.json()).toMatchObject({ status: 'accepted' });
    expect(state.asked).toHaveLength(1);
  });

  it('shows no results to a token that may only ask for runs', async () => {
    const { gateway } = await start({
      runs: [runView()],
      tokens: [{ name: 'cron', token: 'secret', scopes: ['run'] }],
    });

    const headers = { prefer: 'wait=30', authorization: 'Bearer secret' };
    const response = await gateway.inject({ method: 'POST', url: MONTHLY, headers });

    expect(response.statusCode).toBe(202);
    expect(response.json()).not.toHaveProperty('shop_results');
  });
});
