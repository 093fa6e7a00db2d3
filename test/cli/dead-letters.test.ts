import { describe, expect, it } from 'vitest';
import { askOf } from '../../src/cli/dead-letters.ts';
import { deadLetterTable, renderDeadLetter } from '../../src/cli/print-dead-letter.ts';
import { presentFoundDeadLetter } from '../../src/gateway/present-dead-letter.ts';
import { deadLetterView } from '../gateway/views.ts';
import { asRead, testCodec } from '../support/test-codec.ts';

const NOW = Date.parse('2026-11-05T12:00:00Z');

describe('which dead letters are meant', () => {
  it('those named', () => {
    expect(askOf(['usage.dlq/0/1'], { reason: 'r' }, NOW)).toMatchObject({ ids: ['usage.dlq/0/1'], reason: 'r' });
  });

  it('all, or those that fit', () => {
    expect(askOf([], { all: true }, NOW)).toMatchObject({ ids: null, reason: '' });
    expect(askOf([], { all: true, code: 'INTERNAL', run: 'r1', topic: 'usage', newerThan: '1d' }, NOW)).toMatchObject({
      ids: null,
      where: { code: 'INTERNAL', runId: 'r1', topic: 'usage.dlq', from: NOW - 86_400_000 },
    });
  });

  it.each([
    [[], {}],
    [['usage.dlq/0/1'], { all: true }],
    [[], { code: 'INTERNAL' }],
    [['usage.dlq/0/1'], { olderThan: '1h' }],
    [[], { all: true, topic: 'events' }],
    [[], { all: true, newerThan: 'yesterday' }],
  ] as const)('not %j with %j', (ids, options) => {
    expect(() => askOf(ids, options, NOW)).toThrow(expect.objectContaining({ code: 'USAGE' }));
  });
});

describe('one of them', () => {
  const settlement = { action: 'redriven', reason: 'plan corrected', actor: 'ann', settledAt: NOW } as const;
  const letter = deadLetterView(7n, { runId: null, originalOffset: 12n, redriveCount: 1 });
  const earlier = deadLetterView(3n, { settlement });

  it('is told with its message, headers and history', async () => {
    const codec = testCodec();
    const record = asRead(
      codec.encode(
        'shop-requests',
        's1',
        'ShopBillRequested',
        { runId: 'run-1', shopId: 's1' },
        {
          ...{ id: 'request-1', correlationId: 'run-1', causationId: null, time: NOW },
        },
      ),
      { headers: { 'failure-first-at': '2026-11-01T02:00:00.000Z', 'redrive-count': '1' } },
    );
    const [decoded] = await codec.decode([
      asRead(
        codec.encode(
          'shop-requests',
          's1',
          'ShopBillRequested',
          { runId: 'run-1', shopId: 's1' },
          {
            ...{ id: 'request-1', correlationId: 'run-1', causationId: null, time: NOW },
          },
        ),
      ),
    ]);
    const found = { letter, record, decoded: decoded!, history: [earlier, letter] };

    expect(renderDeadLetter(presentFoundDeadLetter(found), null)).toBe(
      `Dead letter  shop-requests.dlq/0/7
State        waits
Failure      FX_RATE_MISSING (transient), attempt 4
Message      No quote INR → USD.
Failed at    2026-11-01T02:10:00.000Z, first 2026-11-01T02:00:00.000Z
Read from    shop-requests/1/12
Key          s1
Run          none
Sent back    once before

ShopBillRequested
  {
    "runId": "run-1",
    "shopId": "s1"
  }

Headers
  failure-first-at  2026-11-01T02:00:00.000Z
  redrive-count     1

The same record failed before or since
Dead letter            Key  Code             Failed at             Sent back  State     Message
shop-requests.dlq/0/3  s1   FX_RATE_MISSING  2026-11-01T02:10:00Z          0  redriven  No quote INR → USD.
shop-requests.dlq/0/7  s1   FX_RATE_MISSING  2026-11-01T02:10:00Z          1  waits     No quote INR → USD.
`,
    );
  });

  it('is told with its bytes where they are no message, and by whom it was settled', () => {
    const value = Buffer.from([0xff, 0x1b, 0x07]);
    const record = { ...asRead({ topic: 'usage.dlq', key: null, value, headers: {} }) };
    const found = { letter: earlier, record, decoded: { record, problem: 'no known schema' }, history: [earlier] };

    const text = renderDeadLetter(presentFoundDeadLetter(found), null);

    expect(text).toContain('State        redriven at 2026-11-05T12:00:00Z by ann: plan corrected\n');
    expect(text).toContain('Bytes that are no message: no known schema (3 bytes)\n  ff 1b 07\n');
    expect(text).not.toContain('Headers');
    expect(text).not.toContain('failed before or since');
  });

  it('stands in one line of the list, its message cut where the terminal ends', () => {
    const [, first, second] = deadLetterTable([earlier, letter], 90).split('\n');

    expect(first).toMatch(/^shop-requests\.dlq\/0\/3 .* redriven +No quot…$/);
    expect(second).toMatch(/^shop-requests\.dlq\/0\/7 .* waits +No quot…$/);
  });
});
