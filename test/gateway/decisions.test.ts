/** What people decide over HTTP: holds, invoices, runs, issuing. */
import { afterEach, describe, expect, it } from 'vitest';
import type { FastifyInstance } from 'fastify';
import { BillingError } from '../../src/errors.ts';
import { createGateway } from '../../src/gateway/create-gateway.ts';
import { fakeApp, jumpingClock, NOW, type FakeState } from './fake-app.ts';
import { creditNoteView, deadLetterView, heldBillView, invoiceView, runView, shopResultView } from './views.ts';

const API = '/api/billing-scheduler';
const WAIT = { prefer: 'wait=30' };

let gateway: FastifyInstance | undefined;
afterEach(() => gateway?.close());

/** @param onTick what happens while a client waits */
async function start({
  onTick,
  ...options
}: Parameters<typeof fakeApp>[0] & { onTick?: (state: FakeState) => void } = {}) {
  const clock = jumpingClock(() => onTick?.(state));
  const { app, state } = fakeApp({ clock, ...options });
  const server = (gateway = await createGateway({ app }));
  return {
    state,
    get: (path: string) => server.inject({ method: 'GET', url: `${API}${path}` }),
    post: (path: string, payload: object, headers: Record<string, string> = {}) =>
      server.inject({ method: 'POST', url: `${API}${path}`, headers, payload }),
  };
}

const decided = (action: 'released' | 'rejected') =>
  ({ action, reason: 'called the shop', actor: 'ops', decidedAt: NOW }) as const;

describe('holds', () => {
  it('are listed by page while they wait', async () => {
    const { get } = await start({
      heldBills: [heldBillView('s1'), heldBillView('s2', { decision: decided('rejected') }), heldBillView('s3')],
    });

    const page = (await get('/holds?limit=1')).json<{ holds: object[]; next_cursor: string }>();
    const rest = (await get(`/holds?cursor=${page.next_cursor}`)).json<{ holds: object[] }>();

    expect(page.holds).toEqual([
      {
        ...{ bill_id: 'bill-s1', run_id: 'run-1', shop_id: 's1', shop_domain: 's1.myshopify.com' },
        ...{ period: { start_date: '2026-10-01', end_date: '2026-10-31' }, currency: 'USD', total: '90.00' },
        ...{ fraud_level: 'high', fraud_codes: ['bot_traffic', 'click_farm'], held_at: '2026-11-01T02:00:01.000Z' },
        decision: null,
      },
    ]);
    expect(rest.holds).toMatchObject([{ bill_id: 'bill-s3' }]);
  });

  it('that were released are shown with their invoice', async () => {
    const { get } = await start({
      heldBills: [heldBillView('s1', { decision: decided('released') })],
      shopResults: [shopResultView('s1', { invoiceNumber: 'INV-2026-000009' })],
    });

    expect((await get('/holds/bill-s1')).json()).toMatchObject({
      decision: { action: 'released', actor: 'ops', invoice_number: 'INV-2026-000009' },
    });
  });

  it.each(['release', 'reject'] as const)('are asked to %s at once', async (action) => {
    const { post, state } = await start({ heldBills: [heldBillView('s1')] });

    const response = await post(`/holds/bill-s1/${action}`, { reason: 'called the shop' });

    expect(response.statusCode).toBe(202);
    expect(response.headers.location).toBe(`${API}/holds/bill-s1`);
    expect(response.json()).toEqual({
      ...{ request_id: 'request-1', status: 'accepted', links: { self: `${API}/holds/bill-s1` } },
    });
    expect(state.actions).toEqual([
      { action: 'hold', ask: { billId: 'bill-s1', action, reason: 'called the shop', actor: 'api' } },
    ]);
  });

  it('are answered with what became of them when the client waits', async () => {
    const { post } = await start({
      heldBills: [heldBillView('s1')],
      onTick: (state) => {
        state.heldBills = [heldBillView('s1', { decision: decided('released') })];
        state.shopResults = [shopResultView('s1')];
      },
    });

    const response = await post('/holds/bill-s1/release', { reason: 'r' }, WAIT);

    expect(response.statusCode).toBe(200);
    expect(response.headers['preference-applied']).toBe('wait=30');
    expect(response.json()).toMatchObject({ decision: { action: 'released', invoice_number: 'INV-2026-000001' } });
  });

  it('are accepted when nothing becomes of them in that time', async () => {
    const { post } = await start({ heldBills: [heldBillView('s1')] });

    expect((await post('/holds/bill-s1/release', { reason: 'r' }, WAIT)).statusCode).toBe(202);
  });

  it('are accepted also when the read models cannot be asked any more', async () => {
    const { post, state } = await start({
      heldBills: [heldBillView('s1')],
      onTick: (state) => (state.readError = new BillingError('UNAVAILABLE', 'gone')),
    });

    expect((await post('/holds/bill-s1/release', { reason: 'r' }, WAIT)).statusCode).toBe(202);
    expect(state.lines).toContainEqual(expect.objectContaining({ message: 'request accepted but not followed' }));
  });

  it('tell a client that waits what the biller refused', async () => {
    const refusal = {
      eventId: 'request-1',
      code: 'HOLD_ALREADY_DECIDED',
      message: 'Bill bill-s1 was rejected before.',
    };
    const { post } = await start({
      heldBills: [heldBillView('s1')],
      onTick: (state) => (state.deadLetters = [deadLetterView(4n, refusal)]),
    });

    const response = await post('/holds/bill-s1/release', { reason: 'r' }, WAIT);

    expect(response.statusCode).toBe(409);
    expect(response.json()).toMatchObject({ code: 'HOLD_ALREADY_DECIDED' });
    expect(response.json<{ detail: string }>().detail).toMatch(/was rejected before.*shop-requests\.dlq\/0\/4/);
  });
});

describe('invoices', () => {
  it('show their credit notes', async () => {
    const { get } = await start({ invoices: [invoiceView(1, { creditNotes: [creditNoteView(1)] })] });

    expect((await get('/invoices/INV-2026-000001')).json()).toMatchObject({
      credit_notes: [
        {
          ...{ credit_note_id: 'credit-note-1', credit_note_number: 'CN-2026-000001', amount: '10.00' },
          ...{ reason: 'goodwill', actor: 'ann', issued_at: '2026-11-02T02:00:00.000Z' },
        },
      ],
    });
  });

  it('are voided', async () => {
    const { post, state } = await start({
      invoices: [invoiceView(1)],
      onTick: (state) => (state.invoices = [invoiceView(1, { status: 'voided' })]),
    });

    const response = await post('/invoices/INV-2026-000001/void', { reason: 'wrong plan' }, WAIT);

    expect(response.statusCode).toBe(200);
    expect(response.json()).toMatchObject({ invoice_number: 'INV-2026-000001', status: 'voided' });
    const ask = { invoiceNumber: 'INV-2026-000001', reason: 'wrong plan', actor: 'api' };
    expect(state.actions).toEqual([{ action: 'void', ask }]);
  });

  it('are credited, and the answer waits for the credit note of this very request', async () => {
    const before = creditNoteView(1, { requestId: 'another' });
    const { post, state } = await start({
      invoices: [invoiceView(1, { creditNotes: [before] })],
      onTick: (state) =>
        (state.invoices = [
          invoiceView(1, { creditNotes: [before, creditNoteView(2, { requestId: 'request-1', amountMinor: 250n })] }),
        ]),
    });

    const response = await post('/invoices/INV-2026-000001/credit', { amount: '2.50', reason: 'late' }, WAIT);

    expect(response.statusCode).toBe(200);
    expect(response.json()).toMatchObject({ credit_notes: [{ amount: '10.00' }, { amount: '2.50' }] });
    expect(state.actions).toMatchObject([{ action: 'credit', ask: { amount: '2.50', reason: 'late' } }]);
  });

  it.each([
    { reason: 'r' },
    { amount: 2.5, reason: 'r' },
    { amount: '2.50' },
    { amount: '2.50', reason: 'r', to: 'me' },
  ])('are not credited with %j', async (body) => {
    const { post, state } = await start({ invoices: [invoiceView(1)] });

    expect((await post('/invoices/INV-2026-000001/credit', body)).statusCode).toBe(400);
    expect(state.actions).toEqual([]);
  });
});

describe('runs', () => {
  it('are cancelled', async () => {
    const { post, state } = await start({ runs: [runView({ status: 'running', completedAt: null })] });

    const response = await post('/runs/run-1/cancel', { reason: 'wrong plans' });

    expect(response.statusCode).toBe(202);
    expect(response.json()).toMatchObject({
      run_id: 'run-1',
      status: 'accepted',
      links: { self: `${API}/runs/run-1`, shops: `${API}/runs/run-1/shops` },
    });
    expect(state.actions).toEqual([{ action: 'cancel', ask: { runId: 'run-1', reason: 'wrong plans', actor: 'api' } }]);
  });

  it('are shown when their last shop is skipped in time', async () => {
    const { post } = await start({
      runs: [runView({ status: 'running', completedAt: null })],
      onTick: (state) => (state.runs = [runView({ status: 'cancelled', outcomes: { skipped: 3 } })]),
    });

    const response = await post('/runs/run-1/cancel', { reason: 'r' }, WAIT);

    expect(response.statusCode).toBe(200);
    expect(response.json()).toMatchObject({ status: 'cancelled', skipped_shops: 3 });
  });

  it('that were cancelled before say so', async () => {
    const { post } = await start({ cancelState: 'cancelled' });

    const response = await post('/runs/run-1/cancel', { reason: 'r' });

    expect(response.statusCode).toBe(202);
    expect(response.json()).toMatchObject({ status: 'cancelled' });
  });

  it('that have ended are not cancelled', async () => {
    const { post } = await start({ cancelState: 'finished' });

    const response = await post('/runs/run-1/cancel', { reason: 'r' });

    expect(response.statusCode).toBe(409);
    expect(response.json()).toMatchObject({ code: 'RUN_FINISHED' });
  });
});

it('issuing is paused and resumed, and the status tells it', async () => {
  const { get, post, state } = await start();

  const paused = await post('/issuing/pause', { reason: 'month end' });
  const status = (await get('/status')).json<object>();
  const again = await post('/issuing/pause', { reason: 'me too' });
  const resumed = await post('/issuing/resume', { reason: 'checked' });

  const issuing = { paused: true, reason: 'month end', actor: 'api', changed_at: '2026-11-05T12:00:00.000Z' };
  expect(paused.json()).toEqual({ ...issuing, changed: true });
  expect(status).toMatchObject({ issuing });
  expect(again.json()).toEqual({ ...issuing, changed: false });
  expect(resumed.json()).toMatchObject({ paused: false, changed: true });
  expect(state.actions).toHaveLength(3);
});

const ROUTES = [
  ['/holds/bill-s1/release', {}],
  ['/holds/bill-s1/reject', {}],
  ['/invoices/INV-2026-000001/void', {}],
  ['/invoices/INV-2026-000001/credit', { amount: '1.00' }],
  ['/runs/run-1/cancel', {}],
  ['/issuing/pause', {}],
  ['/issuing/resume', {}],
] as const;

it.each(ROUTES)('POST %s needs a reason', async (path, body) => {
  const { post, state } = await start();

  expect((await post(path, body)).statusCode).toBe(400);
  expect((await post(path, { ...body, reason: 'x'.repeat(501) })).statusCode).toBe(400);
  expect(state.actions).toEqual([]);
});

it.each(ROUTES)('POST %s needs the scope operate, and is done in the name of the token', async (path, body) => {
  const tokens = [
    { name: 'reader', token: 'reading', scopes: ['read', 'run'] as const },
    { name: 'ann', token: 'operating', scopes: ['operate'] as const },
  ];
  const { post, state } = await start({ tokens, heldBills: [heldBillView('s1')], invoices: [invoiceView(1)] });
  const ask = { ...body, reason: 'r' };

  expect((await post(path, ask)).statusCode).toBe(401);
  expect((await post(path, ask, { authorization: 'Bearer reading' })).statusCode).toBe(403);
  expect((await post(path, ask, { authorization: 'Bearer operating' })).statusCode).toBeLessThan(300);
  expect(state.actions).toMatchObject([{ ask: { reason: 'r', actor: 'ann' } }]);
});

it.each([
  ['NOT_FOUND', 404],
  ['HOLD_ALREADY_DECIDED', 409],
  ['INVOICE_VOIDED', 409],
  ['INVOICE_CREDITED', 409],
  ['CREDIT_EXCEEDS_INVOICE', 409],
  ['USAGE', 400],
] as const)('%s is %i', async (code, status) => {
  const { post } = await start({ actionError: new BillingError(code, 'Why it cannot be.') });

  const response = await post('/holds/bill-s1/release', { reason: 'r' });

  expect(response.statusCode).toBe(status);
  expect(response.json()).toMatchObject({ code, detail: 'Why it cannot be.' });
});
