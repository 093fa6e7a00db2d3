import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { currencyExponent } from '../../src/domain/currency.ts';
import { factProblem } from '../../src/domain/fact-problem.ts';
import type { Fact, FactType } from '../../src/domain/facts.ts';
import { sampleMonth, type SampleMonthOptions } from '../../src/producers/sample-month.ts';

const OPTIONS: SampleMonthOptions = { shops: 64, period: '2026-10', seed: 42 };
const [START, END] = [Date.UTC(2026, 9, 1), Date.UTC(2026, 10, 1)];

function hashOf(options: SampleMonthOptions): string {
  const hash = createHash('sha256');
  for (const fact of sampleMonth(options)) {
    hash.update(JSON.stringify(fact, (_, value: unknown) => (typeof value === 'bigint' ? `${value}` : value)));
  }
  return hash.digest('hex');
}

function dataOf<T extends FactType>(facts: readonly Fact[], type: T) {
  return facts.filter((fact) => fact.type === type).map((fact) => fact.data) as Extract<Fact, { type: T }>['data'][];
}

describe('a life-like month', () => {
  const facts = [...sampleMonth(OPTIONS)];
  const shops = dataOf(facts, 'ShopRegistered');
  const plans = dataOf(facts, 'PlanAssigned');
  const purchases = dataOf(facts, 'PurchaseAttributed');
  const refunds = dataOf(facts, 'PurchaseRefunded');

  test('is the same for the same seed, and another for another', () => {
    expect(hashOf(OPTIONS)).toBe(hashOf(OPTIONS));
    expect(hashOf({ ...OPTIONS, seed: 43 })).not.toBe(hashOf(OPTIONS));
  });

  test('breaks no rule', () => {
    expect(facts.map(factProblem).filter((problem) => problem !== null)).toEqual([]);
  });

  test('has quotes first, then shops and plans, then usage by shop and time', () => {
    const stage = ({ type }: Fact) =>
      type === 'FxRateQuoted' ? 0 : type === 'ShopRegistered' || type === 'PlanAssigned' ? 1 : 2;
    expect(facts.map(stage)).toEqual(facts.map(stage).sort());
    const usage = facts
      .filter((fact) => stage(fact) === 2)
      .map(({ data }) => data as { shopId: string; occurredAt: number });
    for (const [index, { shopId, occurredAt }] of usage.entries()) {
      const next = usage[index + 1];
      if (next) expect(next.shopId > shopId || (next.shopId === shopId && next.occurredAt >= occurredAt)).toBe(true);
    }
  });

  test('has every plan type, trials with a history, bounds, discounts and taxes', () => {
    expect(new Set(plans.map(({ terms }) => terms.type))).toEqual(
      new Set(['revenue_share', 'performance_tier', 'hybrid', 'usage_based']),
    );
    const trials = plans.filter(({ trialThresholdMinor }) => trialThresholdMinor > 0n);
    expect(trials.length).toBeGreaterThan(3);
    for (const { shopId } of trials) {
      expect(purchases.filter((one) => one.shopId === shopId && one.occurredAt < START).length).toBeGreaterThan(0);
    }
    expect(plans.some(({ minimumFeeMinor }) => minimumFeeMinor !== null)).toBe(true);
    expect(plans.some(({ maximumFeeMinor }) => maximumFeeMinor !== null)).toBe(true);
    expect(plans.some(({ discountRatePpm }) => discountRatePpm > 0)).toBe(true);
    expect(plans.some(({ taxRatePpm }) => taxRatePpm > 0)).toBe(true);
    expect(plans.some(({ effectiveFrom }) => effectiveFrom > '2026-10-01' && effectiveFrom <= '2026-10-31')).toBe(true);
  });

  test('has several currencies, and each shop sells in its own', () => {
    expect(new Set(shops.map(({ currency }) => currency))).toEqual(new Set(['USD', 'EUR', 'GBP', 'JPY', 'KWD']));
    const currencyOf = new Map(shops.map(({ shopId, currency }) => [shopId, currency]));
    for (const { shopId, currency, currencyExponent: exponent } of [...plans, ...purchases, ...refunds]) {
      expect(currency).toBe(currencyOf.get(shopId));
      expect(exponent).toBe(currencyExponent(currency));
    }
  });

  test('has shops that are inactive, without a plan, and without sales', () => {
    const planned = new Set(plans.map(({ shopId }) => shopId));
    const selling = new Set(purchases.map(({ shopId }) => shopId));
    expect(shops.some(({ status, occurredAt }) => status === 'inactive' && occurredAt < START)).toBe(true);
    expect(shops.some(({ status, occurredAt }) => status === 'inactive' && occurredAt > START)).toBe(true);
    expect([...selling].some((shopId) => !planned.has(shopId))).toBe(true);
    expect([...planned].some((shopId) => !selling.has(shopId))).toBe(true);
    expect(new Set(shops.map(({ shopDomain }) => shopDomain)).size).toBe(OPTIONS.shops);
  });

  test('has refunds with and without attributions, of this month, of earlier ones and of orders nobody knows', () => {
    const orders = new Map(purchases.map(({ shopId, orderId, occurredAt }) => [`${shopId} ${orderId}`, occurredAt]));
    const orderedAt = refunds.map(({ shopId, orderId }) => orders.get(`${shopId} ${orderId}`));
    expect(orderedAt.some((time) => time === undefined)).toBe(true);
    expect(orderedAt.some((time) => time !== undefined && time < START)).toBe(true);
    expect(orderedAt.some((time) => time !== undefined && time >= START)).toBe(true);
    expect(refunds.every(({ occurredAt }, index) => occurredAt > (orderedAt[index] ?? 0))).toBe(true);
    expect(refunds.some(({ attributions }) => attributions === null)).toBe(true);
    expect(refunds.some(({ attributions }) => attributions !== null)).toBe(true);
  });

  test('sells more on a Saturday evening than on a Tuesday night', () => {
    const count = (day: number, hour: number) =>
      purchases.filter(({ occurredAt }) => {
        const date = new Date(occurredAt);
        return date.getUTCDay() === day && Math.floor(date.getUTCHours() / 6) === hour;
      }).length;
    expect(count(6, 3)).toBeGreaterThan(4 * count(2, 0));
  });

  test('sells about as much as was asked for, and ends with the month', () => {
    const inMonth = purchases.filter(({ occurredAt }) => occurredAt >= START);
    expect(inMonth.length / OPTIONS.shops).toBeGreaterThan(20);
    expect(inMonth.length / OPTIONS.shops).toBeLessThan(60);
    for (const { occurredAt } of dataOf(facts, 'InteractionRecorded')) expect(occurredAt).toBeLessThan(END);
    for (const { occurredAt } of [...purchases, ...refunds]) expect(occurredAt).toBeLessThan(END);
  });

  test('has no order twice', () => {
    expect(new Set(purchases.map(({ shopId, orderId }) => `${shopId} ${orderId}`)).size).toBe(purchases.length);
    expect(new Set(refunds.map(({ shopId, refundId }) => `${shopId} ${refundId}`)).size).toBe(refunds.length);
  });

  test('may do without interactions', () => {
    const quiet = [...sampleMonth({ ...OPTIONS, interactionsPerShop: 0 })];
    expect(dataOf(quiet, 'InteractionRecorded')).toEqual([]);
  });
});

describe('a plain month', () => {
  const plain: SampleMonthOptions = { shops: 10, period: '2026-02', seed: 1, purchasesPerShop: 7, plain: true };
  const facts = [...sampleMonth(plain)];

  test('has for every shop one plan and exactly so many purchases', () => {
    expect(hashOf(plain)).toBe(hashOf(plain));
    expect(facts.map(factProblem).filter((problem) => problem !== null)).toEqual([]);
    expect(facts).toHaveLength(10 + 10 + 70);
    expect(new Set(dataOf(facts, 'PlanAssigned').map(({ terms }) => terms.type))).toEqual(
      new Set(['revenue_share', 'performance_tier']),
    );
    for (const { shopId } of dataOf(facts, 'ShopRegistered')) {
      const own = dataOf(facts, 'PurchaseAttributed').filter((one) => one.shopId === shopId);
      expect(own).toHaveLength(7);
      expect(
        own.every(({ occurredAt }) => occurredAt >= Date.UTC(2026, 1, 1) && occurredAt < Date.UTC(2026, 2, 1)),
      ).toBe(true);
    }
  });

  test('is not kept in memory', () => {
    const before = process.memoryUsage.rss();
    let count = 0;
    for (const _ of sampleMonth({ ...plain, shops: 20_000, purchasesPerShop: 20 })) count += 1;
    expect(count).toBe(20_000 * 22);
    expect(process.memoryUsage.rss() - before).toBeLessThan(200 << 20);
  });
});
