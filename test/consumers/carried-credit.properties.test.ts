/** Months of a shop with purchases, refunds, voids and holds: no carried credit is lost or spent twice. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { InvoiceCreated, ShopBillCalculated, ShopEvent } from '../../src/domain/events.ts';
import { plan, purchase, refund, shop } from '../support/facts.ts';
import { createMemoryWorld } from '../support/memory-world.ts';
import { givenBiller } from './given-biller.ts';

/** What happens in one month: bought and refunded in dollars, then what a person does about the bill. */
const month = fc.record({
  bought: fc.nat(3_000),
  refunded: fc.nat(3_000),
  currency: fc.constantFrom('USD', 'USD', 'USD', 'EUR'),
  then: fc.constantFrom('nothing', 'nothing', 'void', 'void and bill again', 'hold and release', 'hold and reject'),
});
type Month = { bought: number; refunded: number; currency: string; then: string };

/** A ledger of credits, folded from the events alone. */
function foldCredits(events: readonly ShopEvent[]): Map<string, { currency: string; leftMinor: bigint }> {
  const credits = new Map<string, { currency: string; leftMinor: bigint }>();
  const bills = new Map<string, ShopBillCalculated>();
  const invoices = new Map<string, string>();
  const move = ({ creditsApplied }: ShopBillCalculated, sign: bigint) => {
    for (const { billId, amountMinor } of creditsApplied) credits.get(billId)!.leftMinor -= sign * amountMinor;
  };
  for (const { type, data } of events) {
    if (type === 'ShopBillCalculated') {
      bills.set(data.billId, data);
      move(data, 1n);
      if (data.outcome === 'credit') credits.set(data.billId, { currency: data.currency, leftMinor: -data.totalMinor });
    } else if (type === 'InvoiceCreated') invoices.set(data.invoiceId, data.billId);
    else if (type === 'InvoiceVoided') move(bills.get(invoices.get(data.invoiceId)!)!, -1n);
    else if (type === 'BillHoldRejected') move(bills.get(data.billId)!, -1n);
  }
  return credits;
}

async function live(months: readonly Month[]) {
  const world = createMemoryWorld();
  const biller = givenBiller(world);
  const events: ShopEvent[] = [];
  let offset = 0n;
  const ask = async (record: ReturnType<typeof biller.request>): Promise<ShopEvent[]> => {
    const published = await biller.eventsOf(await biller.publishedBy([record], { from: offset++ }));
    events.push(...published);
    return published;
  };
  await world.tell(shop('a'));
  for (const [index, { bought, refunded, currency, then }] of months.entries()) {
    const date = (day: number) => new Date(Date.UTC(2026, index, day, 12)).toISOString();
    const first = date(1).slice(0, 10);
    const money = { currency, occurredAt: date(10) };
    await world.tell(
      plan('a', { planId: `p${index}`, currency, effectiveFrom: first, terms: { type: 'revenue_share', rate: '0.1' } }),
      purchase('a', `old-${index}`, '3000.00', { ...money, attributions: [{ channel: 'venus', amount: '3000.00' }] }),
      purchase('a', `new-${index}`, `${bought}.00`, { ...money, occurredAt: date(11) }),
      refund('a', `r-${index}`, `old-${index}`, '3000.00', { ...money, occurredAt: date(12) }),
      ...(index === 0
        ? []
        : [refund('a', `x-${index}`, `new-${index - 1}`, `${refunded}.00`, { ...money, occurredAt: date(13) })]),
    );
    const runId = `run-${index}`;
    await biller.planned(runId, { shopIds: ['a'], month: first.slice(0, 7) });
    if (then.startsWith('hold')) {
      const bill = await biller.held(runId, 'a', offset++);
      events.push({ type: 'ShopBillCalculated', data: bill });
      const isReleased = then === 'hold and release' && bill.totalMinor > 0n;
      const type = isReleased ? 'HoldReleaseRequested' : 'HoldRejectRequested';
      await ask(biller.command(type, 'a', { billId: bill.billId }, `decide-${index}`));
      continue;
    }
    const created = (await ask(biller.request(runId, 'a'))).find(({ type }) => type === 'InvoiceCreated');
    if (created === undefined || then === 'nothing') continue;
    const { invoiceId, invoiceNumber } = created.data as InvoiceCreated;
    await ask(biller.command('InvoiceVoidRequested', 'a', { invoiceId, invoiceNumber }, `void-${index}`));
    if (then === 'void') continue;
    await biller.planned(`again-${index}`, { shopIds: ['a'], month: first.slice(0, 7) });
    await ask(biller.request(`again-${index}`, 'a'));
  }
  const source = { topic: 'shop-requests', partition: 0, offset: 9_999n };
  const [state] = await world.register.load([{ runId: 'any', shopId: 'a', periodStartDate: '2027-01-01', source }]);
  return { events, open: state!.credits };
}

test('what was left is used or still there, and used only where there is something to pay', async () => {
  let used = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(month, { minLength: 5, maxLength: 8, size: 'max' }), async (months) => {
      const { events, open } = await live(months);

      const folded = [...foldCredits(events)].filter(([, { leftMinor }]) => leftMinor !== 0n);
      expect(
        open.map(({ billId, currency, remainingMinor }) => [billId, { currency, leftMinor: remainingMinor }]),
      ).toEqual(folded);
      for (const { type, data } of events) {
        if (type !== 'ShopBillCalculated') continue;
        const spent = data.creditsApplied.reduce((sum, { amountMinor }) => sum + amountMinor, 0n);
        expect(data.creditMinor).toBe(spent);
        if (spent > 0n) expect(data.totalMinor).toBeGreaterThanOrEqual(0n);
        if (spent > 0n) used += 1;
      }
      // As it stood when each bill was made: something was left in its currency only if nothing was left to pay.
      for (const [index, { type, data }] of events.entries()) {
        if (type !== 'ShopBillCalculated' || data.totalMinor <= 0n) continue;
        const after = [...foldCredits(events.slice(0, index + 1)).values()];
        expect(after.filter(({ currency, leftMinor }) => currency === data.currency && leftMinor > 0n)).toEqual([]);
      }
    }),
    { numRuns: 40 },
  );
  expect(used).toBeGreaterThan(0);
}, 60_000);
