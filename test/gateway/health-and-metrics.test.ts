import { afterEach, describe, expect, it } from 'vitest';
import type { FastifyInstance } from 'fastify';
import type { ComponentHealth, RunningRoles } from '../../src/app.ts';
import { BillingError } from '../../src/errors.ts';
import { createGateway } from '../../src/gateway/create-gateway.ts';
import { fakeApp, jumpingClock, NOW } from './fake-app.ts';
import { runView } from './views.ts';

const HEALTH = '/api/billing-scheduler/health';
const UP: ComponentHealth = { name: 'kafka', healthy: true, reason: null };
const DOWN: ComponentHealth = { name: 'postgres', healthy: false, reason: 'It does not answer.' };

let gateway: FastifyInstance | undefined;
afterEach(() => gateway?.close());

const rolesWith = (health: ComponentHealth[], liveness: ComponentHealth[] = []): RunningRoles => ({
  roles: ['biller'],
  health: () => health,
  liveness: () => liveness,
  unevaluatedChecks: () => new Map([['revenue_manipulation', 3]]),
  failed: new Promise<never>(() => {}),
  stop: async () => {},
});

describe('health', () => {
  it.each([HEALTH, `${HEALTH}/ready`])('%s is 200 while servers and roles are well', async (url) => {
    const roles = rolesWith([{ name: 'biller', healthy: true, reason: null }]);
    gateway = await createGateway({ app: fakeApp({ servers: [UP] }).app, roles });

    const response = await gateway.inject({ method: 'GET', url });

    expect(response.statusCode).toBe(200);
    expect(response.json()).toEqual({
      status: 'ok',
      components: [UP, { name: 'biller', healthy: true, reason: null }],
    });
  });

  it.each([
    ['a server is away', [UP, DOWN], []],
    ['a role is stuck', [UP], [{ name: 'biller', healthy: false, reason: 'No progress for 5 minutes.' }]],
  ])('is 503 with the reason when %s', async (_name, servers, roleHealth) => {
    gateway = await createGateway({ app: fakeApp({ servers }).app, roles: rolesWith(roleHealth) });

    const response = await gateway.inject({ method: 'GET', url: `${HEALTH}/ready` });

    expect(response.statusCode).toBe(503);
    expect(response.json()).toEqual({ status: 'unavailable', components: [...servers, ...roleHealth] });
  });

  it('is 503 when the servers cannot even be asked', async () => {
    const { app } = fakeApp();
    gateway = await createGateway({ app: { ...app, serversHealth: () => Promise.reject(new Error('hunter2')) } });

    const response = await gateway.inject({ method: 'GET', url: HEALTH });

    expect(response.statusCode).toBe(503);
    expect(response.body).not.toContain('hunter2');
  });

  it('asks the servers once for all who ask at the same time', async () => {
    const { app } = fakeApp();
    let asked = 0;
    const answer = Promise.withResolvers<ComponentHealth[]>();
    const serversHealth = () => (asked++, answer.promise);
    const server = (gateway = await createGateway({ app: { ...app, serversHealth } }));

    const responses = [1, 2, 3].map(() => server.inject({ method: 'GET', url: HEALTH }));
    await server.inject({ method: 'GET', url: `${HEALTH}/live` });
    answer.resolve([UP]);

    expect((await Promise.all(responses)).map((response) => response.statusCode)).toEqual([200, 200, 200]);
    expect(asked).toBe(1);
  });

  it('lives whatever else is away, and whatever its roles wait for', async () => {
    const { app } = fakeApp({ readError: new Error('away') });
    const roles = rolesWith([{ name: 'biller', healthy: false, reason: 'Postgres is away.' }]);
    gateway = await createGateway({ app: { ...app, serversHealth: () => new Promise(() => {}) }, roles });

    const response = await gateway.inject({ method: 'GET', url: `${HEALTH}/live` });

    expect(response.statusCode).toBe(200);
    expect(response.json()).toEqual({ status: 'ok', components: [] });
  });

  it('does not live while a role hangs, and says which', async () => {
    const hung: ComponentHealth = { name: 'biller', healthy: false, reason: 'a batch has been in hand for 130 s' };
    gateway = await createGateway({ app: fakeApp().app, roles: rolesWith([], [hung]) });

    const response = await gateway.inject({ method: 'GET', url: `${HEALTH}/live` });

    expect(response.statusCode).toBe(503);
    expect(response.json()).toEqual({ status: 'unavailable', components: [hung] });
  });
});

describe('metrics', () => {
  const scrape = async () => (await gateway!.inject({ method: 'GET', url: '/metrics' })).body.split('\n');

  it('show the read side, the newest run and the process', async () => {
    const { app } = fakeApp({ runs: [runView({ status: 'running', completedAt: null, expectedShops: 9 })] });
    gateway = await createGateway({ app });

    const lines = await scrape();

    expect(lines).toEqual(
      expect.arrayContaining([
        'billing_read_models_up 1',
        'billing_active_shops 12',
        'billing_shops_with_billing_plans 11',
        'billing_pending_invoices 0',
        'billing_held_bills 2',
        'billing_dead_letters 0',
        `billing_last_event_timestamp_seconds ${NOW / 1000}`,
        'billing_last_run_running 1',
        'billing_last_run_expected_shops 9',
        'billing_last_run_processed_shops 3',
        'billing_last_run_outcome_shops{outcome="invoiced"} 1',
        'billing_last_run_outcome_shops{outcome="skipped"} 1',
      ]),
    );
    expect(lines.some((line) => line.startsWith('process_cpu_seconds_total '))).toBe(true);
    expect(lines.some((line) => line.startsWith('billing_last_run_completion_timestamp_seconds '))).toBe(false);
  });

  it('tell of a run that does not move, once it has not for five minutes', async () => {
    let now = NOW;
    const clock = { ...jumpingClock(), now: () => now };
    const openRun = {
      ...{ runId: 'run-1', requestId: 'run-requests/0/0', startedAt: NOW - 10_000, cancelled: false },
      ...{ expectedShops: 9, decidedShops: 3 },
    };
    const { app, state } = fakeApp({ clock, openRuns: [openRun], lastEventAt: NOW - 1_000 });
    gateway = await createGateway({ app });
    const shown = async () => (await scrape()).filter((line) => /^billing_runs?_(open|stalled|last)/.test(line));

    expect(await shown()).toEqual([
      'billing_runs_open 1',
      'billing_runs_stalled 0',
      `billing_run_last_progress_timestamp_seconds ${(NOW - 1_000) / 1000}`,
    ]);
    now += 300_000;
    expect(await shown()).toContain('billing_runs_stalled 1');
    state.openRuns = [{ ...openRun, decidedShops: 4 }];
    expect(await shown()).toEqual([
      'billing_runs_open 1',
      'billing_runs_stalled 0',
      `billing_run_last_progress_timestamp_seconds ${now / 1000}`,
    ]);
    state.openRuns = [];
    expect(await shown()).toEqual(['billing_runs_open 0', 'billing_runs_stalled 0']);
  });

  it('tell whether issuing is paused', async () => {
    const { app } = fakeApp({});
    const paused = { paused: true, revision: 1, reason: 'x', actor: null, changedAt: NOW };
    gateway = await createGateway({ app: { ...app, issuing: async () => paused } });

    expect(await scrape()).toContain('billing_issuing_paused 1');
  });

  it('count the fraud checks that the billers of this process could not evaluate', async () => {
    const { app } = fakeApp();
    gateway = await createGateway({ app, roles: rolesWith([]) });
    const expected = 'billing_fraud_checks_not_evaluated_total{check="revenue_manipulation"} 3';
    expect(await scrape()).toContain(expected);
    expect(await scrape()).toContain(expected);
  });

  it('count requests by route template, never by what was asked for', async () => {
    const { app } = fakeApp({ runs: [runView()] });
    gateway = await createGateway({ app });
    await gateway.inject({ method: 'GET', url: '/api/billing-scheduler/runs/run-1' });
    await gateway.inject({ method: 'GET', url: '/api/billing-scheduler/runs/run-2' });
    await gateway.inject({ method: 'POST', url: '/api/billing-scheduler/process-shop-billing/shop-77' });
    await gateway.inject({ method: 'GET', url: '/somewhere/else' });

    const counts = (await scrape()).filter((line) => line.startsWith('billing_http_request_duration_seconds_count'));

    const labels = (method: string, route: string, status: number) =>
      `billing_http_request_duration_seconds_count{method="${method}",route="${route}",status_code="${status}"} 1`;
    expect(counts.toSorted()).toEqual(
      [
        labels('GET', '/api/billing-scheduler/runs/:id', 200),
        labels('GET', '/api/billing-scheduler/runs/:id', 404),
        labels('POST', '/api/billing-scheduler/process-shop-billing/:shop_id', 202),
        labels('GET', 'none', 404),
      ].toSorted(),
    );
  });

  it.each([
    ['fail', () => Promise.reject(new BillingError('POSTGRES_UNREACHABLE', 'away'))],
    ['hang', () => new Promise<never>(() => {})],
  ])('go on without the read side when the read models %s, and show nothing stale', async (_name, status) => {
    const { app } = fakeApp({ runs: [runView()] });
    let isAway = false;
    const readModels = {
      ...app.readModels,
      status: (now: number) => (isAway ? status() : app.readModels.status(now)),
    };
    gateway = await createGateway({ app: { ...app, readModels } });
    expect(await scrape()).toContain('billing_held_bills 2');
    isAway = true;

    const response = await gateway.inject({ method: 'GET', url: '/metrics' });

    expect(response.statusCode).toBe(200);
    expect(response.headers['content-type']).toMatch(/^text\/plain/);
    expect(response.body).toContain('billing_read_models_up 0');
    expect(response.body).toContain('process_cpu_seconds_total ');
    expect(response.body).not.toMatch(/^billing_(held_bills|active_shops|last_run_\w+)[ {]/m);
  });

  it('belong to their gateway alone', async () => {
    const other = await createGateway({ app: fakeApp().app });
    gateway = await createGateway({ app: fakeApp().app });
    await other.inject({ method: 'GET', url: '/api/billing-scheduler/status' });

    expect((await scrape()).join('\n')).not.toContain('billing-scheduler/status');
    await other.close();
  });
});
