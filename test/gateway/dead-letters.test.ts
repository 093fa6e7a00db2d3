import { afterEach, describe, expect, it, test } from 'vitest';
import type { FastifyInstance } from 'fastify';
import { BillingError } from '../../src/errors.ts';
import { createGateway } from '../../src/gateway/create-gateway.ts';
import { testCodec } from '../support/test-codec.ts';
import { fakeApp, NOW } from './fake-app.ts';
import { deadLetterView } from './views.ts';

const API = '/api/billing-scheduler';
const ID = 'shop-requests.dlq/0/1';

let gateway: FastifyInstance | undefined;
afterEach(() => gateway?.close());

async function start(options: Parameters<typeof fakeApp>[0] = {}) {
  const { app, state } = fakeApp(options);
  const server = (gateway = await createGateway({ app }));
  return {
    state,
    get: (path: string) => server.inject({ method: 'GET', url: `${API}${path}` }),
    post: (path: string, payload?: object, headers = {}) =>
      server.inject({ method: 'POST', url: `${API}${path}`, headers, ...(payload && { payload }) }),
  };
}

describe('the list', () => {
  it('comes by page, offsets as text', async () => {
    const { get } = await start({ deadLetters: [deadLetterView(1n), deadLetterView(2n), deadLetterView(3n)] });

    const first = (await get('/dead-letters?limit=2')).json<{ dead_letters: object[]; next_cursor: string }>();
    const second = (await get(`/dead-letters?limit=2&cursor=${first.next_cursor}`)).json<typeof first>();

    const ids = ['shop-requests.dlq/0/1', 'shop-requests.dlq/0/2', 'shop-requests.dlq/0/3'];
    expect([...first.dead_letters, ...second.dead_letters]).toMatchObject(
      ids.map((dead_letter_id) => ({ dead_letter_id })),
    );
    expect(first.dead_letters[0]).toMatchObject({
      ...{ original_offset: '1152921504606846976', code: 'FX_RATE_MISSING', attempt: 4 },
      ...{ redrive_count: 0, settlement: null },
    });
  });

  it.each([
    ['code=INTERNAL', ['2']],
    ['run_id=run-9', ['3']],
    ['topic=usage', ['4']],
    ['topic=usage.dlq', ['4']],
    ['older_than=2h', ['1', '2', '3', '4']],
    ['newer_than=2h', ['5']],
    ['newer_than=5d&older_than=1s', ['1', '2', '3', '4', '5']],
    ['code=INTERNAL&run_id=run-9', []],
    ['state=settled', ['6']],
  ])('is narrowed down by %s', async (filter, expected) => {
    const settlement = { action: 'discarded', reason: 'known', actor: 'ann', settledAt: NOW } as const;
    const { get } = await start({
      deadLetters: [
        deadLetterView(1n),
        deadLetterView(2n, { code: 'INTERNAL' }),
        deadLetterView(3n, { runId: 'run-9' }),
        deadLetterView(4n, { deadLetterId: 'usage.dlq/0/4' }),
        deadLetterView(5n, { failedAt: NOW - 3_600_000 }),
        deadLetterView(6n, { settlement }),
      ],
    });

    const { dead_letters } = (await get(`/dead-letters?${filter}`)).json<{
      dead_letters: { dead_letter_id: string }[];
    }>();

    expect(dead_letters.map(({ dead_letter_id }) => dead_letter_id.split('/')[2])).toEqual(expected);
  });

  it.each(['topic=events', 'topic=none', 'older_than=soon', 'newer_than=2', 'state=lost'])(
    'refuses %s',
    async (filter) => {
      const { get } = await start();

      const response = await get(`/dead-letters?${filter}`);

      expect(response.statusCode).toBe(400);
      expect(response.json()).toMatchObject({ code: 'USAGE' });
    },
  );
});

describe('one of them', () => {
  const request = testCodec().encode(
    'shop-requests',
    's1',
    'CreditNoteRequested',
    {
      ...{ shopId: 's1', invoiceId: 'i', invoiceNumber: 'INV-2026-000001', currency: 'USD', currencyExponent: 2 },
      ...{ amountMinor: 1_050n, reason: 'goodwill', actor: null, requestedAt: NOW },
    },
    { id: 'request-1', correlationId: null, causationId: null, time: NOW },
  );
  const place = { topic: 'shop-requests.dlq', partition: 0, timestamp: NOW } as const;

  it.each([`/dead-letters/${ID}`, `/dead-letters/${encodeURIComponent(ID)}`])(
    'is shown decoded at %s',
    async (path) => {
      const settlement = { action: 'redriven', reason: 'quote came', actor: 'ann', settledAt: NOW } as const;
      const { get } = await start({
        deadLetters: [
          deadLetterView(0n, { settlement }),
          deadLetterView(1n),
          deadLetterView(2n, { originalOffset: 3n }),
        ],
        records: [{ ...request, ...place, offset: 1n }],
      });

      const response = await get(path);

      expect(response.statusCode).toBe(200);
      expect(response.json()).toMatchObject({
        dead_letter_id: ID,
        record: {
          ...{ type: 'CreditNoteRequested', shopId: 's1', currency: 'USD', amount: '10.50' },
          requestedAt: '2026-11-05T12:00:00.000Z',
        },
        undecodable: null,
        bytes: { size: request.value!.length, hex: request.value!.toString('hex'), text: null },
        headers: request.headers,
        history: [
          { dead_letter_id: 'shop-requests.dlq/0/0', settlement: { action: 'redriven', reason: 'quote came' } },
          { dead_letter_id: ID, settlement: null },
        ],
      });
      expect(response.json<{ record: object }>().record).not.toHaveProperty('currencyExponent');
    },
  );

  it.each([
    ['text', Buffer.from('{"shop":"ü"}'), '{"shop":"ü"}'],
    ['bytes', Buffer.from([0xff, 0x01]), null],
  ])('that cannot be decoded is shown as it is: %s', async (_, value, text) => {
    const { get } = await start({
      deadLetters: [deadLetterView(1n)],
      records: [{ ...place, offset: 1n, key: 's1', value, headers: {} }],
    });

    expect((await get(`/dead-letters/${ID}`)).json()).toMatchObject({
      record: null,
      undecodable: expect.stringContaining('Confluent') as string,
      bytes: { size: value.length, base64: value.toString('base64'), text },
    });
  });

  it('is shown also when the log no longer has it', async () => {
    const { get } = await start({ deadLetters: [deadLetterView(1n)] });

    expect((await get(`/dead-letters/${ID}`)).json()).toMatchObject({ bytes: null, record: null, headers: {} });
  });

  it.each(['shop-requests.dlq/0/9', 'shop-requests.dlq', 'what'])('%s is not there', async (id) => {
    const { get } = await start({ deadLetters: [deadLetterView(1n)] });

    const response = await get(`/dead-letters/${encodeURIComponent(id)}`);

    expect(response.statusCode).toBe(404);
    expect(response.json()).toMatchObject({ code: 'NOT_FOUND' });
  });
});

describe('what is done about them', () => {
  it.each([
    [`/dead-letters/${ID}/redrive`, undefined, ''],
    [`/dead-letters/${encodeURIComponent(ID)}/redrive`, { reason: 'plan mended' }, 'plan mended'],
  ])('POST %s sends one back', async (path, body, reason) => {
    const { post, state } = await start();

    const response = await post(path, body);

    expect(response.statusCode).toBe(200);
    expect(response.json()).toEqual({
      ...{ dead_letter_id: ID, status: 'redriven', topic: 'shop-requests', key: 's1', redrive_count: 1 },
    });
    expect(state.actions).toEqual([{ action: 'redrive', ask: { ids: [ID], where: {}, reason, actor: 'api' } }]);
  });

  it('one is given up, by the bearer of the token', async () => {
    const tokens = [{ name: 'ops', token: 'secret', scopes: ['operate'] as const }];
    const { post, state } = await start({ tokens });

    const response = await post(
      `/dead-letters/${ID}/discard`,
      { reason: 'shop is gone' },
      { authorization: 'Bearer secret' },
    );

    expect(response.json()).toEqual({ dead_letter_id: ID, status: 'discarded' });
    expect(state.actions).toMatchObject([{ action: 'discard', ask: { reason: 'shop is gone', actor: 'ops' } }]);
  });

  test.each(['redrive', 'discard'])('all that fit are meant when all is said: %s', async (action) => {
    const { post, state } = await start();

    const response = await post(`/dead-letters/${action}`, {
      all: true,
      code: 'FX_RATE_MISSING',
      topic: 'usage',
      older_than: '1h',
      reason: 'r',
    });

    expect(response.statusCode).toBe(200);
    const where = { code: 'FX_RATE_MISSING', topic: 'usage.dlq', before: NOW - 3_600_000 };
    expect(state.actions).toMatchObject([{ action, ask: { ids: null, where, reason: 'r', actor: 'api' } }]);
    if (action === 'redrive') {
      expect(response.json()).toMatchObject({
        left: [{ dead_letter_id: 'shop-requests.dlq/0/2', code: 'REDRIVE_LIMIT' }],
      });
    }
  });

  it.each([
    ['DEAD_LETTER_SETTLED', 409],
    ['REDRIVE_LIMIT', 409],
    ['NOT_FOUND', 404],
    ['USAGE', 400],
  ] as const)('%s is %i', async (code, status) => {
    const { post } = await start({ actionError: new BillingError(code, 'Why it cannot be.') });

    const response = await post(`/dead-letters/${ID}/redrive`);

    expect(response.statusCode).toBe(status);
    expect(response.json()).toMatchObject({ code, detail: 'Why it cannot be.' });
  });

  it.each([
    ['/dead-letters/redrive', {}],
    ['/dead-letters/redrive', { all: false }],
    ['/dead-letters/discard', { all: true }],
    [`/dead-letters/${ID}/discard`, {}],
    [`/dead-letters/${ID}/redrive`, { why: 'x' }],
    [`/dead-letters/${ID}/redrive`, { reason: 'x'.repeat(501) }],
  ])('POST %s with %j does nothing', async (path, body) => {
    const { post, state } = await start();

    expect((await post(path, body)).statusCode).toBe(400);
    expect(state.actions).toEqual([]);
  });

  it.each([['read'], ['run']] as const)('the scope %s is not enough', async (scope) => {
    const tokens = [{ name: 'ops', token: 'secret', scopes: [scope] }];
    const { post, state } = await start({ tokens });

    for (const path of [`${ID}/redrive`, `${ID}/discard`, 'redrive', 'discard']) {
      const response = await post(
        `/dead-letters/${path}`,
        { all: true, reason: 'r' },
        { authorization: 'Bearer secret' },
      );
      expect(response.statusCode).toBe(403);
    }
    expect(state.actions).toEqual([]);
  });
});
