import { describe, expect, it } from 'vitest';
import type { Codec } from '../../src/adapters/codec.ts';
import type { Log, LogRecord } from '../../src/adapters/log.ts';
import { presentBill } from '../../src/gateway/present-bill.ts';
import { renderBill } from '../../src/cli/print-bill.ts';
import { readBill } from '../../src/cli/read-bill.ts';
import type { ShopBillCalculated } from '../../src/domain/events.ts';
import { OCTOBER } from './run-views.ts';

const BILL: ShopBillCalculated = {
  runId: 'run-1',
  shopId: 's1',
  shopSequence: 1,
  dryRun: true,
  period: OCTOBER,
  billId: 'bill-1',
  shopDomain: 's1.example',
  rulesVersion: 1,
  outcome: 'calculated',
  currency: 'KWD',
  currencyExponent: 3,
  planId: 'p1',
  planName: 'Performance',
  segments: [
    {
      planId: 'p1',
      planName: 'Performance',
      planEffectiveFrom: '2026-01-01',
      planFact: { topic: 'shops', partition: 2, offset: 41n },
      startDate: '2026-10-01',
      endDate: '2026-10-31',
      days: 31,
      periodDays: 31,
      type: 'performance_tier',
      attributedMinor: 10_000_000n,
      refundedMinor: 0n,
      netMinor: 10_000_000n,
      billableMinor: 10_000_000n,
      trialThresholdMinor: 0n,
      trialBeforeMinor: null,
      meter: null,
      units: null,
      includedUnits: null,
      bands: [
        { ratePpm: 30_000, sliceNumerator: '5000000', sliceDenominator: '1' },
        { ratePpm: 25_000, sliceNumerator: '15000001', sliceDenominator: '3' },
      ],
      bound: 'maximum',
      feeMinor: 200_000n,
    },
  ],
  lines: [
    {
      kind: 'fee',
      description: 'Performance, phoenix',
      segment: 0,
      channel: 'phoenix',
      quantity: null,
      amountMinor: 200_000n,
    },
  ],
  subtotalMinor: 200_000n,
  discountRatePpm: 100_000,
  discountMinor: 20_000n,
  taxRatePpm: 0,
  taxMinor: 0n,
  creditMinor: 0n,
  totalMinor: 180_000n,
  metrics: {
    orders: 7,
    orderRevenueMinor: 12_000_000n,
    attributedMinor: 10_000_000n,
    refundedMinor: 0n,
    netMinor: 10_000_000n,
    billableMinor: 10_000_000n,
    interactions: 500,
    conversions: 6,
    conversionRatePpm: 12_000n,
    averageOrderValueMinor: 1_714_286n,
    channels: [
      { channel: 'phoenix', attributedMinor: 10_000_000n, feeMinor: 200_000n, interactions: 500, conversions: 6 },
    ],
  },
  unappliedRefunds: [
    { refundId: 'r1', orderId: 'o9', reason: 'currency_differs', currency: 'USD', refundTotalMinor: 1_234n },
  ],
  adjustments: [],
  creditsApplied: [],
  quotes: [{ base: 'USD', quote: 'KWD', asOf: '2026-10-05', rateUnscaled: 3071n, rateScale: 4 }],
  fraud: {
    level: 'low',
    confidencePpm: 500_000,
    checks: [
      { code: 'rapid_fire_clicks', state: 'triggered', observed: '61', threshold: '50', evidence: ['z1'] },
      { code: 'bot_traffic', state: 'clear', observed: '3', threshold: '100', evidence: [] },
    ],
  },
  pins: [{ topic: 'usage', partition: 0, offset: 900n }],
  calculatedAt: Date.UTC(2026, 10, 2),
  inputsDigest: '',
  unadjustedFacts: [],
};

describe('a bill as JSON', () => {
  it('has amounts in major units of their own currency, rates as decimals, instants as ISO 8601', () => {
    const document = JSON.parse(JSON.stringify(presentBill(BILL))) as Record<string, unknown>;
    expect(document).toMatchObject({
      total: '180.000',
      discount_rate: '0.1',
      calculated_at: '2026-11-02T00:00:00.000Z',
      period: { start_date: '2026-10-01', end: '2026-11-01T00:00:00.000Z' },
      segments: [
        { fee: '200.000', plan_fact: { topic: 'shops', partition: 2, offset: '41' }, bands: [{ rate: '0.03' }, {}] },
      ],
      metrics: { conversion_rate: '0.012', average_order_value: '1714.286', channels: [{ fee: '200.000' }] },
      unapplied_refunds: [{ currency: 'USD', refund_total: '12.34' }],
      quotes: [{ base: 'USD', quote: 'KWD', rate: '0.3071', as_of: '2026-10-05' }],
      fraud: { level: 'low', confidence: '0.5', checks: [{ evidence: ['z1'] }, {}] },
      pins: [{ offset: '900' }],
    });
    expect(document).not.toHaveProperty('currency_exponent');
  });
});

describe('a bill for people', () => {
  it('leads from revenue over bands to the total', () => {
    const text = renderBill(BILL, null);
    expect(text).toContain('Outcome  calculated, 180.000 KWD');
    expect(text).toContain('5000.000 × 0.03');
    expect(text).toContain('5000.000 × 0.025');
    expect(text).toContain('fee 200.000 (maximum of the plan)');
    expect(text).toMatch(/Discount +-20\.000 {2}rate 0\.1/);
    expect(text).toMatch(/Total +180\.000/);
    expect(text).toContain('rapid_fire_clicks: triggered (61, limit 50)');
    expect(text).not.toContain('bot_traffic');
    expect(text).toContain('r1: currency differs');
    expect(text).toContain('1 USD = 0.3071 KWD, as of 2026-10-05');
  });
});

describe('finding a bill in the log', () => {
  /** A log of one topic whose records are events, decoded as they are. */
  function logOf(records: readonly { key: string; data: object }[]) {
    const asRecord = ({ key, data }: { key: string; data: object }, index: number) =>
      ({ topic: 'dry-run-events', partition: 0, offset: BigInt(index), key, data }) as unknown as LogRecord;
    const read: number[] = [];
    const log = {
      endOffsets: async () => [{ topic: 'dry-run-events', partition: 0, offset: BigInt(records.length) }],
      read: async function* (ranges: readonly { from: bigint; to: bigint }[]) {
        for (const { from, to } of ranges) {
          const part = records.map(asRecord).slice(Number(from), Number(to));
          read.push(part.length);
          yield part;
        }
      },
    } as Pick<Log, 'read' | 'endOffsets'>;
    const codec = {
      decode: async (some: readonly LogRecord[]) =>
        some.map((record) => ({
          record,
          message: { type: 'ShopBillCalculated', data: (record as unknown as { data: object }).data },
        })),
    } as unknown as Pick<Codec, 'decode'>;
    return { log, codec, read };
  }
  const bill = (runId: string, shopId: string) => ({ key: shopId, data: { ...BILL, runId, shopId } });
  const asked = { dryRun: true, runId: 'run-1', shopId: 's1' };

  it('takes that of the shop and the run, reading only what came since', async () => {
    const { log, codec, read } = logOf([bill('run-0', 's1'), bill('run-1', 's2'), bill('run-1', 's1')]);
    const since = [{ topic: 'dry-run-events', partition: 0, offset: 1n }];
    expect(await readBill({ log, codec, since, ...asked })).toMatchObject({ runId: 'run-1', shopId: 's1' });
    expect(read).toEqual([2]);
  });

  it('is null when there is none', async () => {
    const { log, codec } = logOf([bill('run-0', 's1'), bill('run-1', 's2')]);
    expect(await readBill({ log, codec, since: [], ...asked })).toBeNull();
  });
});
