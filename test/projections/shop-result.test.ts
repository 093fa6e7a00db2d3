import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { toShopResultView } from '../../src/adapters/read-views.ts';
import type { ShopEvent } from '../../src/domain/events.ts';
import { countOf, foldShopResult } from '../../src/projections/shop-result.ts';
import { calculated, diverged, failed, flagged, invoiced, rejected, released, skipped, voided } from './shop-events.ts';
import { shopHistory } from './shop-histories.ts';

const fold = (events: readonly ShopEvent[]) => events.reduce(foldShopResult, null);
const view = (events: readonly ShopEvent[]) => toShopResultView(fold(events)!);
const at = (sequence: number) => ({ sequence });
const dry = (sequence: number) => ({ sequence, dryRun: true });

describe('the outcome of a shop', () => {
  test.each<[string, ShopEvent[], { outcome: string | null; shopSequence: number }]>([
    ['a bill to be invoiced is pending', [calculated('invoiced')], { outcome: null, shopSequence: 1 }],
    ['its invoice settles it', [calculated('invoiced'), invoiced()], { outcome: 'invoiced', shopSequence: 1 }],
    ['also when it comes first', [invoiced(), calculated('invoiced')], { outcome: 'invoiced', shopSequence: 1 }],
    ['an invoice alone is enough', [invoiced()], { outcome: 'invoiced', shopSequence: 1 }],
    ['zero', [calculated('zero')], { outcome: 'zero', shopSequence: 1 }],
    ['trial', [calculated('trial')], { outcome: 'trial', shopSequence: 1 }],
    ['credit', [calculated('credit')], { outcome: 'credit', shopSequence: 1 }],
    ['skipped', [skipped()], { outcome: 'skipped', shopSequence: 1 }],
    ['failed', [failed()], { outcome: 'failed', shopSequence: 1 }],
    ['held', [calculated('held'), flagged()], { outcome: 'held', shopSequence: 1 }],
    ['a release alone leaves it held', [calculated('held'), released(at(2))], { outcome: 'held', shopSequence: 1 }],
    [
      'the invoice of the release settles it',
      [calculated('held'), released(at(2)), invoiced(at(2))],
      { outcome: 'invoiced', shopSequence: 2 },
    ],
    ['rejected', [calculated('held'), rejected(at(2))], { outcome: 'rejected', shopSequence: 2 }],
    ['voided', [calculated('invoiced'), invoiced(), voided(at(2))], { outcome: 'voided', shopSequence: 2 }],
    [
      'a redrive replaces a failure',
      [failed(), calculated('invoiced', at(2)), invoiced(at(2))],
      { outcome: 'invoiced', shopSequence: 2 },
    ],
    [
      'a redrive is pending until its invoice',
      [failed(), calculated('invoiced', at(2))],
      { outcome: null, shopSequence: 2 },
    ],
    ['a failure can be skipped later', [failed(), skipped(at(2))], { outcome: 'skipped', shopSequence: 2 }],
    ['an older event changes nothing', [skipped(at(3)), failed(at(2))], { outcome: 'skipped', shopSequence: 3 }],
    ['a divergence changes nothing', [calculated('zero'), diverged(at(9))], { outcome: 'zero', shopSequence: 1 }],
    [
      'a dry run that is repeated',
      [calculated('calculated', dry(0)), calculated('calculated', dry(0))],
      { outcome: 'calculated', shopSequence: 0 },
    ],
    [
      'a dry run redriven at the same head',
      [failed(dry(4)), calculated('calculated', dry(4))],
      { outcome: 'calculated', shopSequence: 4 },
    ],
    [
      'the same in the other order',
      [calculated('calculated', dry(4)), failed(dry(4))],
      { outcome: 'calculated', shopSequence: 4 },
    ],
  ])('%s', (_, events, expected) => {
    expect(view(events)).toMatchObject(expected);
  });

  test('events that speak of no outcome make no state', () => {
    expect(fold([flagged(), released(), diverged()])).toBeNull();
  });
});

describe('the amounts of a shop', () => {
  test('are those of its bill, with the number of its invoice', () => {
    expect(view([calculated('invoiced'), invoiced()])).toEqual({
      runId: 'run-1',
      shopId: 's1',
      shopDomain: 's1.example',
      shopSequence: 1,
      outcome: 'invoiced',
      currency: 'USD',
      currencyExponent: 2,
      attributedMinor: 300_000n,
      refundedMinor: 500n,
      feeMinor: 9_000n,
      invoiceId: 'invoice-run-1-s1',
      invoiceNumber: 'INV-2026-000001',
      reason: null,
      error: null,
    });
  });

  test('of an invoice without its bill lack only the revenue', () => {
    expect(view([invoiced()])).toMatchObject({
      feeMinor: 9_000n,
      currency: 'USD',
      attributedMinor: null,
      refundedMinor: null,
    });
  });

  test('of a released bill are those it was held with', () => {
    expect(view([invoiced(at(2)), calculated('held')])).toMatchObject({
      outcome: 'invoiced',
      attributedMinor: 300_000n,
    });
  });

  test.each([
    ['skipped', skipped(at(2)), { reason: 'no_plan', error: null }],
    ['failed', failed(at(2)), { reason: 'FX_RATE_MISSING', error: 'no quote EUR → USD' }],
  ])('are null once it is %s, whatever was calculated before', (outcome, event, told) => {
    const nothing = {
      currency: null,
      currencyExponent: null,
      attributedMinor: null,
      refundedMinor: null,
      feeMinor: null,
    };
    expect(view([calculated('zero'), event])).toMatchObject({ outcome, ...nothing, ...told });
  });

  test('a pending bill shows no invoice, a voided one still does', () => {
    expect(view([calculated('invoiced')])).toMatchObject({ invoiceId: null, invoiceNumber: null });
    expect(view([invoiced(), voided(at(2))])).toMatchObject({
      invoiceNumber: 'INV-2026-000001',
      reason: 'wrong address',
    });
  });
});

describe('what a shop counts', () => {
  const count = (...events: ShopEvent[]) => countOf(fold(events));

  test('nothing while it is pending', () => {
    expect(count(calculated('invoiced'))).toBeNull();
    expect(countOf(null)).toBeNull();
  });

  test.each(['zero', 'trial', 'credit', 'held', 'calculated'] as const)('%s counts with its money', (outcome) => {
    const totalMinor = outcome === 'credit' ? -40n : 0n;
    expect(count(calculated(outcome, {}, { attributedMinor: 70n, totalMinor }))).toEqual({
      ...{ runId: 'run-1', outcome, currency: 'USD', currencyExponent: 2 },
      ...{ shops: 1, revenueMinor: 70n, feesMinor: totalMinor },
    });
  });

  test.each<[string, ShopEvent[]]>([
    ['skipped', [skipped()]],
    ['failed', [failed()]],
    ['rejected', [calculated('held'), rejected(at(2))]],
    ['voided', [calculated('invoiced'), invoiced(), voided(at(2))]],
  ])('%s counts without money', (outcome, events) => {
    const nothing = { currency: null, currencyExponent: null, revenueMinor: 0n, feesMinor: 0n };
    expect(count(...events)).toEqual({ runId: 'run-1', outcome, shops: 1, ...nothing });
  });
});

test('events in any order, with any repeats, end in the same state', () => {
  const shuffled = shopHistory({ runId: 'run-1', shopId: 's1' }).chain(({ events, lastDecision }) =>
    fc
      .tuple(
        fc.shuffledSubarray([...events], { minLength: events.length }),
        fc.array(fc.constantFrom(...events), { maxLength: 6 }),
        fc.array(fc.nat(20), { minLength: 6, maxLength: 6 }),
      )
      .map(([once, again, places]) => {
        const mixed = [...once];
        again.forEach((event, index) => mixed.splice(places[index]! % (mixed.length + 1), 0, event));
        return { events, mixed, lastDecision };
      }),
  );
  fc.assert(
    fc.property(shuffled, ({ events, mixed, lastDecision }) => {
      const inOrder = fold(events)!;
      expect(fold(mixed)).toEqual(inOrder);
      expect(inOrder.decided.outcome).toBe(lastDecision === 'released' ? 'invoiced' : lastDecision);
    }),
  );
});

test('an event that tells nothing new leaves the very same state', () => {
  const state = fold([calculated('invoiced'), invoiced()])!;
  for (const event of [calculated('invoiced'), invoiced(), flagged(), diverged(), released()]) {
    expect(foldShopResult(state, event)).toBe(state);
  }
});
