import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { applyCredits } from '../../src/domain/carried-credit.ts';
import { decide } from '../../src/domain/shop-bill.ts';
import { billOf, instant, OCTOBER, plan, purchase, refund, request, shopFacts, sum, usd } from './given.ts';

const credit = (billId: string, remainingMinor: bigint, currency = 'USD') => ({ billId, currency, remainingMinor });
const AUTUMN = { plans: [plan({ taxRatePpm: 200_000 })], purchases: [purchase('2026-10-05', { phoenix: '100.00' })] };
const billWith = (...credits: ReturnType<typeof credit>[]) => {
  const decision = decide(shopFacts(AUTUMN, OCTOBER, { credits }), request());
  const [event] = decision.events;
  if (event?.type !== 'ShopBillCalculated') throw new Error('No bill was calculated.');
  return { ...decision, bill: event.data };
};

describe('carried credit', () => {
  it('is taken off after tax', () => {
    const { bill, invoice } = billWith(credit('old', usd('1.50')));

    expect(bill).toMatchObject({
      ...{ subtotalMinor: usd('3.00'), taxMinor: usd('0.60'), creditMinor: usd('1.50'), totalMinor: usd('2.10') },
      creditsApplied: [{ billId: 'old', amountMinor: usd('1.50') }],
    });
    expect(invoice).toMatchObject({ creditMinor: usd('1.50'), totalMinor: usd('2.10') });
  });

  it('is used oldest first, in the currency of the bill only, down to zero', () => {
    const { bill, outcome, invoice } = billWith(
      credit('first', usd('2.00')),
      credit('euros', usd('9.00'), 'EUR'),
      credit('second', usd('5.00')),
      credit('third', usd('5.00')),
    );

    expect(bill.creditsApplied).toEqual([
      { billId: 'first', amountMinor: usd('2.00') },
      { billId: 'second', amountMinor: usd('1.60') },
    ]);
    expect([outcome, bill.totalMinor, invoice]).toEqual(['zero', 0n, null]);
  });

  it('is not used by a bill that has nothing to pay, and added to by one below zero', () => {
    const world = { ...AUTUMN, purchases: [], refunds: [] };
    const facts = shopFacts(world, OCTOBER, { credits: [credit('old', 100n)] });
    expect(decide(facts, request()).events[0]!.data).toMatchObject({ creditsApplied: [], outcome: 'zero' });

    const below = {
      plans: [plan()],
      purchases: [purchase('2026-09-05', { phoenix: '100.00' })],
      refunds: [refund('2026-10-06', 'order of 2026-09-05', '50.00')],
    };
    const again = decide(shopFacts(below, OCTOBER, { credits: [credit('old', 100n)] }), request());
    expect(again.events[0]!.data).toMatchObject({ creditsApplied: [], outcome: 'credit', totalMinor: -usd('1.50') });
  });

  it('is used alike in a dry run', () => {
    const facts = shopFacts(AUTUMN, OCTOBER, { credits: [credit('old', usd('1.00'))] });
    const [live, dry] = [false, true].map((dryRun) => decide(facts, request({ dryRun })).events[0]!.data);
    expect(dry).toMatchObject({ outcome: 'calculated', creditMinor: usd('1.00'), totalMinor: usd('2.60') });
    expect({ ...dry, outcome: 'invoiced', dryRun: false, shopSequence: 1 }).toEqual(live);
  });

  it('leaves a bill without credit as it is', () => {
    expect(billWith().bill).toEqual(billOf(AUTUMN));
    expect(instant('2026-11-01T02:00:00Z')).toBe(billOf(AUTUMN).calculatedAt);
  });

  it('is never used beyond what there is, nor beyond what is to be paid, nor left while there is something to pay', () => {
    const amount = fc.bigInt(1n, 10_000n);
    const credits = fc.array(fc.record({ remainingMinor: amount, currency: fc.constantFrom('USD', 'EUR') }), {
      maxLength: 6,
    });
    fc.assert(
      fc.property(credits, fc.bigInt(-5_000n, 20_000n), (all, payableMinor) => {
        const named = all.map((one, index) => ({ ...one, billId: `bill-${index}` }));
        const usable = named.filter(({ currency }) => currency === 'USD');

        const applied = applyCredits(named, { currency: 'USD', payableMinor });

        const used = sum(applied.map(({ amountMinor }) => amountMinor));
        const available = sum(usable.map(({ remainingMinor }) => remainingMinor));
        const payable = payableMinor > 0n ? payableMinor : 0n;
        expect(used).toBe(available < payable ? available : payable);
        for (const [index, { billId, amountMinor }] of applied.entries()) {
          const { remainingMinor } = usable[index]!;
          expect(billId).toBe(usable[index]!.billId);
          expect(amountMinor > 0n && amountMinor <= remainingMinor).toBe(true);
          // All but the last are used up.
          if (index < applied.length - 1) expect(amountMinor).toBe(remainingMinor);
        }
      }),
    );
  });
});
