import { afterEach, describe, expect, it } from 'vitest';
import type { FastifyInstance } from 'fastify';
import { createGateway } from '../../src/gateway/create-gateway.ts';
import { fakeApp } from './fake-app.ts';
import { deadLetterView, invoiceView, OCTOBER, plannedRun, runView, shopResultView, WITHOUT_AMOUNTS } from './views.ts';

const API = '/api/billing-scheduler';

let gateway: FastifyInstance | undefined;
afterEach(() => gateway?.close());

/** Answers GET requests of an app in this state. */
async function reader(state: Parameters<typeof fakeApp>[0] = {}) {
  const server = (gateway = await createGateway({ app: fakeApp(state).app }));
  return (path: string) => server.inject({ method: 'GET', url: `${API}${path}` });
}

/** The ids on every page of a list, page by page. */
async function pagesOf(get: Awaited<ReturnType<typeof reader>>, path: string, list: string, id: string) {
  const pages: string[][] = [];
  for (let cursor: string | null = ''; cursor !== null;) {
    const response = await get(`${path}${path.includes('?') ? '&' : '?'}limit=2${cursor && `&cursor=${cursor}`}`);
    expect(response.statusCode).toBe(200);
    const body: Record<string, unknown> = response.json();
    pages.push((body[list] as Record<string, string>[]).map((one) => one[id]!));
    cursor = body['next_cursor'] as string | null;
  }
  return pages;
}

describe('runs', () => {
  it('are listed by page, newest first', async () => {
    const get = await reader({ runs: ['c', 'b', 'a'].map((runId) => runView({ runId })) });

    expect(await pagesOf(get, '/runs', 'runs', 'run_id')).toEqual([['c', 'b'], ['a']]);
  });

  it('are shown with the first page of their shops', async () => {
    const ids = Array.from({ length: 101 }, (_, index) => `s${String(index).padStart(3, '0')}`);
    const get = await reader({ runs: [runView()], shopResults: ids.map((id) => shopResultView(id)) });

    const run = (await get('/runs/run-1')).json<{ shop_results: unknown[]; next_cursor: string }>();

    expect(run).toMatchObject({ run_id: 'run-1', status: 'completed', totals: [{ total_fees: '90.00' }] });
    expect(run.shop_results).toHaveLength(100);
    const rest = (await get(`/runs/run-1/shops?cursor=${run.next_cursor}`)).json<object>();
    expect(rest).toMatchObject({ shop_results: [{ shop_id: 's100' }], next_cursor: null });
  });

  it('that are planned but not projected yet are running, with nothing done', async () => {
    const get = await reader({ planned: [plannedRun('run-2')] });

    const response = await get('/runs/run-2');

    expect(response.statusCode).toBe(200);
    expect(response.json()).toMatchObject({
      status: 'running',
      trigger: { source: 'cron', actor: null, delivery_id: null },
      expected_shops: 5,
      processed_shops: 0,
      totals: [],
      shop_results: [],
      completed_at: null,
    });
    expect((await get('/runs/run-2/shops')).json()).toMatchObject({ run_id: 'run-2', shop_results: [] });
  });

  it('show their shops by page and by outcome, with the errors of those shown', async () => {
    const failed = { ...WITHOUT_AMOUNTS, outcome: 'failed', reason: 'FX_RATE_MISSING', error: 'No quote.' } as const;
    const get = await reader({
      runs: [runView()],
      shopResults: [
        shopResultView('s1'),
        shopResultView('s2', failed),
        shopResultView('s3'),
        shopResultView('other', { runId: 'run-9' }),
      ],
    });

    expect(await pagesOf(get, '/runs/run-1/shops', 'shop_results', 'shop_id')).toEqual([['s1', 's2'], ['s3']]);
    expect((await get('/runs/run-1/shops?outcome=failed')).json()).toEqual({
      run_id: 'run-1',
      shop_results: [expect.objectContaining({ shop_id: 's2', success: false })],
      errors: [{ shop_id: 's2', code: 'FX_RATE_MISSING', error: 'No quote.' }],
      next_cursor: null,
    });
  });
});

describe('invoices', () => {
  it('are listed by page', async () => {
    const get = await reader({ invoices: [1, 2, 3].map((number) => invoiceView(number)) });

    const pages = await pagesOf(get, '/invoices', 'invoices', 'invoice_number');

    expect(pages).toEqual([['INV-2026-000001', 'INV-2026-000002'], ['INV-2026-000003']]);
  });

  it.each([
    ['period=2026-09', ['INV-2026-000002']],
    ['shop_id=s3', ['INV-2026-000003']],
    ['run_id=run-9', ['INV-2026-000003']],
    ['period=2026-10&shop_id=s1', ['INV-2026-000001']],
    ['period=2026-08', []],
  ])('are narrowed down by %s', async (filter, expected) => {
    const september = { ...OCTOBER, startDate: '2026-09-01', endDate: '2026-09-30' };
    const get = await reader({
      invoices: [invoiceView(1), invoiceView(2, { period: september }), invoiceView(3, { runId: 'run-9' })],
    });

    const body = (await get(`/invoices?${filter}`)).json<{ invoices: { invoice_number: string }[] }>();

    expect(body.invoices.map((invoice) => invoice.invoice_number)).toEqual(expected);
  });

  it('are shown by their number', async () => {
    const get = await reader({ invoices: [invoiceView(1)] });

    const response = await get('/invoices/INV-2026-000001');

    expect(response.json()).toMatchObject({ invoice_id: 'invoice-1', total: '95.00', due_date: '2026-12-01' });
    expect(response.headers['cache-control']).toBe('no-store');
  });
});

it.each([
  ['running', 'running'],
  ['completed', 'idle'],
] as const)('the status names the counts, and while the last run is %s it is %s', async (runStatus, status) => {
  const get = await reader({ runs: [runView({ status: runStatus })], deadLetters: [deadLetterView(1n)] });

  expect((await get('/status')).json()).toEqual({
    status,
    active_shops: 12,
    shops_with_billing_plans: 11,
    pending_invoices: 0,
    held_bills: 2,
    dead_letters: 1,
    last_run: expect.objectContaining({ run_id: 'run-1', status: runStatus }) as object,
    last_updated: '2026-11-05T12:00:00.000Z',
    issuing: { paused: false, reason: null, actor: null, changed_at: null },
  });
});

it.each([
  ['/runs/none', 404, 'NOT_FOUND'],
  ['/runs/none/shops', 404, 'NOT_FOUND'],
  ['/runs/none/progress', 404, 'NOT_FOUND'],
  ['/invoices/none', 404, 'NOT_FOUND'],
  ['/nothing', 404, 'NOT_FOUND'],
  ['/runs?limit=0', 400, 'USAGE'],
  ['/runs?limit=501', 400, 'USAGE'],
  ['/runs?limit=ten', 400, 'USAGE'],
  ['/runs?limit=1&limit=2', 400, 'USAGE'],
  ['/runs?cursor=', 400, 'USAGE'],
  ['/runs?cursor=madeup', 400, 'USAGE'],
  ['/runs?offset=3', 400, 'USAGE'],
  ['/runs/run-1/shops?outcome=lost', 400, 'USAGE'],
  ['/runs/%00', 400, 'USAGE'],
  ['/runs/%zz', 400, 'USAGE'],
  [`/runs/${'x'.repeat(257)}`, 400, 'USAGE'],
  ['/invoices?period=2026-13', 400, 'PERIOD_INVALID'],
  ['/invoices?period=October', 400, 'PERIOD_INVALID'],
])('GET %s is %i %s', async (path, status, code) => {
  const get = await reader({ runs: [runView()] });

  const response = await get(path);

  expect(response.statusCode).toBe(status);
  expect(response.headers['content-type']).toBe('application/problem+json; charset=utf-8');
  expect(response.json()).toMatchObject({ status, code, type: `/docs/problems#${code}` });
});
