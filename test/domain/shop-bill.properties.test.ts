/** What holds for every shop, whatever happened to it. fast-check prints the seed of what it finds. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addDays } from '../../src/domain/calendar.ts';
import type { Attribution, PlanTerms, PurchaseAttributed, PurchaseRefunded } from '../../src/domain/facts.ts';
import { RuleError } from '../../src/domain/rule-error.ts';
import { decide } from '../../src/domain/shop-bill.ts';
import type { PlanVersion, ShopStatus } from '../../src/domain/shop-facts.ts';
import {
  billOf,
  decideIn,
  defaultTiers,
  hybrid,
  instant,
  OCTOBER,
  plan,
  purchase,
  recorded,
  refund,
  registration,
  request,
  revenueShare,
  shopFacts,
  sum,
  tiered,
  usageBased,
  type World,
} from './given.ts';

const SEPTEMBER_1 = instant('2026-09-01T00:00:00Z');
const NOVEMBER_1 = instant('2026-11-01T00:00:00Z');
const time = fc.integer({ min: SEPTEMBER_1, max: NOVEMBER_1 - 1 });
const timeInOctober = fc.integer({ min: OCTOBER.start, max: OCTOBER.end - 1 });
const channel = fc.constantFrom('apollo', 'mercury', 'phoenix', 'venus');
const cents = (max: number) => fc.bigInt(0n, BigInt(max));
const attributions = (max: number): fc.Arbitrary<Attribution[]> =>
  fc.array(fc.record({ channel, amountMinor: cents(max) }), { maxLength: 4 });

const purchaseAt = (occurredAt: fc.Arbitrary<number>): fc.Arbitrary<PurchaseAttributed> =>
  fc
    .record({ occurredAt, attributions: attributions(2_000_000), unattributed: cents(500_000) })
    .map(({ unattributed, ...one }) => {
      const orderTotalMinor = sum(one.attributions.map(({ amountMinor }) => amountMinor)) + unattributed;
      return purchase('2026-10-01', {}, { ...one, orderTotalMinor });
    });
const numbered = (purchases: PurchaseAttributed[]) => purchases.map((one, n) => ({ ...one, orderId: `o${n}` }));
const purchases = fc.array(purchaseAt(time), { maxLength: 8 }).map(numbered);

/** Refunds of orders o0 to o9, of which some were never seen. */
const refunds: fc.Arbitrary<PurchaseRefunded[]> = fc
  .array(
    fc.record({
      occurredAt: time,
      orderId: fc.nat(9).map((n) => `o${n}`),
      refundTotalMinor: cents(3_000_000),
      attributions: fc.option(attributions(1_000_000)),
    }),
    { maxLength: 6 },
  )
  .map((all) => all.map((one, n) => ({ ...refund('2026-10-01', one.orderId, '0'), ...one, refundId: `r${n}` })));

const terms: fc.Arbitrary<PlanTerms> = fc.oneof(
  fc.nat(100_000).map((ratePpm) => ({ ...revenueShare('0'), ratePpm })),
  fc.constant(defaultTiers),
  fc.constant(tiered(['100', '0.05'], ['10000.01', '0.0333'], [null, '0.01'])),
  fc.nat(10_000).map((base) => ({ ...hybrid('0', '0.015'), baseFeeMinor: BigInt(base) })),
  fc.constant(usageBased('conversions', '0.37', 3)),
);

const planVersion: fc.Arbitrary<PlanVersion> = fc
  .record({
    planId: fc.constantFrom('p1', 'p2'),
    effectiveFrom: fc.integer({ min: -40, max: 35 }).map((days) => addDays('2026-10-01', days)),
    lasts: fc.option(fc.integer({ min: 1, max: 60 })),
    terms,
    trialThresholdMinor: fc.oneof(fc.constant(0n), cents(5_000_000)),
    minimumFeeMinor: fc.option(cents(1_000)),
    maximumFeeMinor: fc.option(fc.bigInt(1_000n, 50_000n)),
    discountRatePpm: fc.nat(1_000_000),
    taxRatePpm: fc.nat(300_000),
  })
  .map(({ lasts, ...over }) =>
    plan({
      ...over,
      trialThresholdMinor: over.terms.type === 'usage_based' ? 0n : over.trialThresholdMinor,
      effectiveUntil: lasts === null ? null : addDays(over.effectiveFrom, lasts),
    }),
  );
const plans = fc
  .array(planVersion, { minLength: 1, maxLength: 4 })
  .map((versions) => versions.map((version, n) => ({ ...version, ...recorded(n + 1) })));

const registrations: fc.Arbitrary<ShopStatus[]> = fc
  .array(fc.record({ status: fc.constantFrom('active', 'active', 'closed'), occurredAt: time }), { maxLength: 3 })
  .map((later) => [
    registration(),
    ...later.map((one, n) => registration({ ...one, shopDomain: `d${n}`, ...recorded(n + 2) })),
  ]);

const world: fc.Arbitrary<Required<Pick<World, 'registrations' | 'plans' | 'purchases' | 'refunds'>>> = fc.record({
  registrations,
  plans,
  purchases,
  refunds,
});

/** The bill of a world where there is one: skipped shops prove nothing here. */
function billed(of: World, dryRun = false) {
  const decision = decideIn(of, { dryRun });
  const bill = decision.events.find((event) => event.type === 'ShopBillCalculated')?.data;
  fc.pre(bill !== undefined);
  return { decision, bill: bill };
}

describe('every bill', () => {
  it('adds up, from facts to lines to total', () => {
    fc.assert(
      fc.property(world, (of) => {
        const { bill, decision } = billed(of);
        const amounts = bill.lines.map(({ amountMinor }) => amountMinor);
        expect(sum(amounts)).toBe(bill.subtotalMinor);
        expect(sum(bill.segments.map(({ feeMinor }) => feeMinor))).toBe(bill.subtotalMinor);
        expect(bill.totalMinor).toBe(bill.subtotalMinor - bill.discountMinor + bill.taxMinor);
        expect(
          bill.lines.every(({ channel: of }) => of === null || bill.metrics.channels.some((one) => one.channel === of)),
        ).toBe(true);
        expect(bill.metrics.netMinor).toBe(bill.metrics.attributedMinor - bill.metrics.refundedMinor);
        expect(decision.invoice !== null).toBe(bill.totalMinor > 0n);
        if (bill.totalMinor < 0n) expect(bill.outcome).toBe('credit');
      }),
    );
  });

  it('has bands that add up to its billable revenue', () => {
    fc.assert(
      fc.property(world, (of) => {
        for (const { bands, billableMinor, type } of billed(of).bill.segments) {
          if (type === 'usage_based') continue;
          const denominator = 31n;
          const slices = bands.map(
            (band) => (BigInt(band.sliceNumerator) * denominator) / BigInt(band.sliceDenominator),
          );
          expect(sum(slices)).toBe(billableMinor * denominator);
        }
      }),
    );
  });

  it('is the same dry and live, but for what a dry run does not do', () => {
    fc.assert(
      fc.property(world, (of) => {
        const live = billed(of).bill;
        const dry = billed(of, true).bill;
        expect({ ...dry, dryRun: false, shopSequence: 1, outcome: live.outcome }).toEqual(live);
        expect(dry.outcome).toBe(live.outcome === 'invoiced' ? 'calculated' : live.outcome);
      }),
    );
  });

  it('does not depend on the order in which facts are listed', () => {
    const shuffled = world.chain((of) =>
      fc
        .record({
          registrations: shuffle(of.registrations),
          plans: shuffle(of.plans),
          refunds: shuffle(of.refunds),
          purchases: shuffle(of.purchases).chain((all) =>
            fc.tuple(...all.map((one) => shuffle(one.attributions).map((some) => ({ ...one, attributions: some })))),
          ),
        })
        .map((other) => [of, other] as const),
    );
    fc.assert(
      fc.property(shuffled, ([one, other]) => {
        expect(decideIn(other)).toEqual(decideIn(one));
      }),
    );
  });

  it('never takes back more than its orders brought', () => {
    fc.assert(
      fc.property(world, (of) => {
        const { bill } = billed({ ...of, plans: [plan()], purchases: of.purchases });
        const ever = sum(of.purchases.flatMap((one) => one.attributions.map(({ amountMinor }) => amountMinor)));
        expect(bill.metrics.refundedMinor <= ever).toBe(true);
      }),
    );
  });
});

function shuffle<T>(items: readonly T[]): fc.Arbitrary<T[]> {
  return fc.shuffledSubarray([...items], { minLength: items.length, maxLength: items.length });
}

describe('over a shop’s months', () => {
  it('a charge and its full reversal cancel', () => {
    const linear = fc.oneof(
      fc.nat(100_000).map((ratePpm) => ({ ...revenueShare('0'), ratePpm })),
      fc.constant(tiered([null, '0.0333'])),
    );
    const september = purchaseAt(fc.integer({ min: SEPTEMBER_1, max: OCTOBER.start - 1 }));
    fc.assert(
      fc.property(
        linear,
        september,
        timeInOctober,
        fc.nat(1_000_000),
        fc.nat(300_000),
        (terms, one, at, discount, tax) => {
          const plans = [plan({ terms, discountRatePpm: discount, taxRatePpm: tax })];
          const sold = { ...one, orderId: 'o1' };
          const back = { ...refund('2026-10-01', 'o1', '0'), occurredAt: at, refundTotalMinor: sold.orderTotalMinor };
          fc.pre(sold.orderTotalMinor > 0n);
          const charge = billOf({ plans, purchases: [{ ...sold, occurredAt: at }] });
          const reversal = billOf({ plans, purchases: [sold], refunds: [back] });
          expect(charge.totalMinor + reversal.totalMinor).toBe(0n);
        },
      ),
    );
  });

  it('a trial never bills more than what lies above its threshold', () => {
    const trial = fc.record({ purchases, refunds, threshold: fc.bigInt(1n, 5_000_000n) });
    fc.assert(
      fc.property(trial, ({ threshold, ...of }) => {
        const plans = [plan({ effectiveFrom: '2026-09-01', trialThresholdMinor: threshold })];
        const { metrics, segments } = billOf({ ...of, plans });
        const above = (revenue: bigint) => (revenue > threshold ? revenue - threshold : 0n);
        const before = segments[0]!.trialBeforeMinor!;
        expect(metrics.billableMinor).toBe(above(before + metrics.netMinor) - above(before));
      }),
    );
  });
});

describe('a fee', () => {
  const inOctober = fc.array(purchaseAt(timeInOctober), { maxLength: 6 }).map(numbered);

  it('is the same, within a cent a segment, when an unchanged plan is cut into segments', () => {
    const unchanged = fc.oneof(
      fc.nat(100_000).map((ratePpm) => ({ ...revenueShare('0'), ratePpm })),
      fc.nat(10_000).map((base) => ({ ...hybrid('0', '0.015'), baseFeeMinor: BigInt(base) })),
    );
    const cuts = fc.uniqueArray(fc.integer({ min: 2, max: 31 }), { maxLength: 4 });
    fc.assert(
      fc.property(unchanged, cuts, inOctober, (terms, days, bought) => {
        const from = (day: number, n: number) =>
          plan({ terms, effectiveFrom: `2026-10-${String(day).padStart(2, '0')}`, ...recorded(n + 3) });
        const whole = billOf({ plans: [plan({ terms })], purchases: bought });
        const cut = billOf({ plans: [plan({ terms }), ...days.map(from)], purchases: bought });
        expect(cut.segments).toHaveLength(days.length + 1);
        const off = cut.subtotalMinor - whole.subtotalMinor;
        expect(off <= BigInt(cut.segments.length) && -off <= BigInt(cut.segments.length)).toBe(true);
      }),
    );
  });

  it('of bands is monotonic and continuous in revenue', () => {
    const banded = fc.oneof(fc.constant(defaultTiers), fc.constant(tiered(['100', '0.05'], ['200', '0'], [null, '1'])));
    const feeOf = (planTerms: PlanTerms, revenue: bigint, effectiveUntil: string | null) =>
      billOf({
        plans: [plan({ terms: planTerms, effectiveUntil })],
        purchases: [
          purchase(
            '2026-10-01',
            {},
            { orderTotalMinor: revenue, attributions: [{ channel: 'x', amountMinor: revenue }] },
          ),
        ],
      }).subtotalMinor;
    const until = fc.constantFrom(null, '2026-10-02', '2026-10-18');
    // Around the bounds too, where a jump would be.
    const revenue = fc.oneof(
      cents(10_000_000),
      fc.constantFrom(499_999n, 500_000n, 2_499_999n, 2_500_000n, 10_000n, 19_999n),
    );
    fc.assert(
      fc.property(banded, revenue, fc.bigInt(0n, 1_000n), until, (planTerms, low, more, effectiveUntil) => {
        const step = feeOf(planTerms, low + more, effectiveUntil) - feeOf(planTerms, low, effectiveUntil);
        expect(step >= 0n && step <= more + 1n).toBe(true);
      }),
    );
  });
});

describe('deciding', () => {
  it('throws nothing but rule errors', () => {
    const currency = fc.constantFrom('USD', 'EUR');
    const mixed = fc.record({
      of: world,
      bought: fc.array(currency, { minLength: 8, maxLength: 8 }),
      planned: fc.array(currency, { minLength: 4, maxLength: 4 }),
      huge: fc.boolean(),
    });
    fc.assert(
      fc.property(mixed, ({ of, bought, planned, huge }) => {
        const scale = huge ? 10n ** 12n : 1n;
        const strange: World = {
          ...of,
          purchases: of.purchases.map((one, n) => ({
            ...one,
            currency: bought[n]!,
            orderTotalMinor: one.orderTotalMinor * scale,
            attributions: one.attributions.map((part) => ({ ...part, amountMinor: part.amountMinor * scale })),
          })),
          plans: of.plans.map((one, n) => ({ ...one, currency: planned[n]! })),
        };
        try {
          decideIn(strange);
        } catch (error) {
          expect(error).toBeInstanceOf(RuleError);
        }
      }),
      { numRuns: 300 },
    );
  });

  it('leaves its input alone and gives the same answer again', () => {
    fc.assert(
      fc.property(world, (of) => {
        const facts = deepFreeze(shopFacts(of));
        expect(decide(facts, request())).toEqual(decide(facts, request()));
      }),
    );
  });
});

function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    Object.values(value).forEach(deepFreeze);
  }
  return value;
}
