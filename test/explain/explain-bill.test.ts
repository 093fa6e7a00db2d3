import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { renderExplanation } from '../../src/cli/print-explanation.ts';
import { explainBill } from '../../src/consumers/explain-bill.ts';
import type { MemoryWorld } from '../support/memory-world.ts';
import { presentExplanation } from '../../src/gateway/present-explanation.ts';
import { givenBiller } from '../consumers/given-biller.ts';
import { ROOT } from '../docs/pages.ts';
import { randomWorld } from '../oracle/random/random-world.ts';
import { billableShop, plan, purchase, refund, shop, suspiciousShop } from '../support/facts.ts';
import { createMemoryWorld } from '../support/memory-world.ts';
import { problemsOf, type ExplainedBill } from './resum.ts';

const OCTOBER = '2026-10';
const EXAMPLES = readFileSync(`${ROOT}docs/examples/october.ndjson`, 'utf8')
  .trimEnd()
  .split('\n')
  .map((line) => JSON.parse(line) as { shopId?: string });

const explained = (world: MemoryWorld, shopId: string, month = OCTOBER) =>
  explainBill(world, { shopId, periodStartDate: `${month}-01` });

/** As a reader gets it. */
const documentOf = async (world: MemoryWorld, shopId: string, month = OCTOBER) =>
  JSON.parse(JSON.stringify(presentExplanation(await explained(world, shopId, month)))) as ExplainedBill;

/** A world in which the shops have been billed for the months in turn. */
async function billed(
  facts: readonly object[],
  { months = [OCTOBER], shopIds }: { months?: readonly string[]; shopIds: readonly string[] },
) {
  const world = createMemoryWorld();
  const biller = givenBiller(world);
  await world.tell(...facts);
  let from = 0n;
  for (const month of months) {
    await biller.planned(month, { month, shopIds: [...shopIds] });
    const requests = shopIds.map((shopId) => biller.request(month, shopId));
    await biller.publishedBy(requests, { from, publishedBelow: from });
    from += BigInt(requests.length);
  }
  return { world, biller, next: from };
}

describe('an explained bill', () => {
  it('adds up again from its JSON alone, for every example of the rules', async () => {
    const shopIds = [...new Set(EXAMPLES.flatMap(({ shopId }) => shopId ?? []))].sort();
    const { world } = await billed(EXAMPLES, { shopIds });

    const documents = await Promise.all(shopIds.map((shopId) => documentOf(world, shopId)));

    const bills = documents.filter(({ bill }) => (bill as object | null) !== null);
    expect(bills.length).toBeGreaterThan(15);
    for (const document of bills) {
      expect(document).toMatchObject({ reproduction: { reproduced: true } });
      expect({ shop: document.shop_id, problems: problemsOf(document) }).toEqual({
        shop: document.shop_id,
        problems: [],
      });
    }
  });

  it('adds up again in random worlds, month after month', { timeout: 60_000 }, async () => {
    let bills = 0;
    for (let seed = 1; seed <= 6; seed += 1) {
      const { facts, months } = randomWorld(seed, {
        families: ['currency', 'raw-orders', 'fraud', 'credits'],
      });
      const shopIds = [...new Set(facts.flatMap((fact) => ('shopId' in fact ? fact.shopId : [])))].sort();
      const { world } = await billed(facts, { months, shopIds });
      for (const month of months) {
        for (const shopId of shopIds) {
          const document = await documentOf(world, shopId, month).catch(() => null);
          if (document === null || (document.bill as object | null) === null) continue;
          bills += 1;
          expect({ seed, shopId, month, problems: problemsOf(document) }).toEqual({
            seed,
            shopId,
            month,
            problems: [],
          });
        }
      }
    }
    expect(bills).toBeGreaterThan(5);
  });

  it('is noticed when it does not add up', async () => {
    const { world } = await billed(billableShop('a', '2000.00'), { shopIds: ['a'] });
    const document = await documentOf(world, 'a');

    document.derivation.segments[0]!.orders[0]!.attributed = '1999.99';

    expect(problemsOf(document)).toContain('segment 1 attributed: told 2000.00, adds up to 199999');
  });

  it('names every fact with its place in the log', async () => {
    const facts = [
      ...[shop('a'), plan('a'), purchase('a', 'o1', '100.00'), purchase('a', 'o2', '50.00')],
      ...[refund('a', 'r1', 'o1', '20.00'), refund('a', 'r2', 'unseen', '5.00')],
    ];
    const { world } = await billed(facts, { shopIds: ['a'] });

    const { derivation } = await documentOf(world, 'a');

    const place = (topic: string, offset: string) => ({ topic, partition: 0, offset });
    expect(derivation.segments[0]).toMatchObject({
      plan: { plan_id: 'p1', position: place('shops', '1') },
      orders: [
        { order_id: 'o1', fact: place('usage', '0') },
        { order_id: 'o2', fact: place('usage', '1') },
      ],
      refunds: [{ refund_id: 'r1', taken: '20.00', fact: place('usage', '2') }],
    });
    expect(derivation.unapplied).toMatchObject([
      { refund_id: 'r2', reason: 'order_not_seen', fact: place('usage', '3') },
    ]);
  });

  it('tells what became of it: held, released, credited', async () => {
    const { world, biller, next } = await billed(suspiciousShop('a', '2000.00'), { shopIds: ['a'] });
    const held = await explained(world, 'a');
    expect(held.standing.outcome).toBe('held');

    const command = biller.command('HoldReleaseRequested', 'a', { billId: held.bill!.billId });
    await biller.publishedBy([command], { from: next, publishedBelow: next });

    expect(await documentOf(world, 'a')).toMatchObject({
      outcome: 'invoiced',
      invoice_number: 'INV-2026-000001',
      history: [
        { kind: 'bill', outcome: 'held' },
        { kind: 'release', outcome: 'invoiced', actor: 'ann', reason: 'looked at it' },
      ],
    });
  });

  it('tells of a shop that failed, and that there is nothing about a month nobody billed', async () => {
    const facts = [shop('a'), plan('a'), plan('a', { currency: 'EUR', effectiveFrom: '2026-10-10' })];
    const { world } = await billed(facts, { shopIds: ['a'] });

    expect(await documentOf(world, 'a')).toMatchObject({
      outcome: 'failed',
      bill: null,
      derivation: null,
      history: [{ outcome: 'failed', reason: expect.stringMatching(/^PLAN_CURRENCY_CHANGED: /) as string }],
    });
    await expect(explained(world, 'a', '2026-09')).rejects.toThrow(/billing test a --period 2026-09/);
  });

  it('says so loudly when the ledger does not give the bill again', async () => {
    const { world } = await billed(billableShop('a', '2000.00'), { shopIds: ['a'] });
    const ledger = {
      ...world.ledger,
      loadUsage: async (query: Parameters<typeof world.ledger.loadUsage>[0]) => {
        const usage = await world.ledger.loadUsage(query);
        return usage.map((window) => ({
          ...window,
          currencies: window.currencies.map((one) => ({ ...one, attributedMinor: one.attributedMinor + 1n })),
        }));
      },
    };

    const found = await explainBill({ ...world, ledger }, { shopId: 'a', periodStartDate: '2026-10-01' });

    expect(found).toMatchObject({
      reproduction: { reproduced: false },
      derivation: null,
      bill: { totalMinor: 6_000n },
    });
    expect(renderExplanation(found, null)).toMatch(/^NOT REPRODUCED/);
  });

  it('reads from top to bottom for a person', async () => {
    const facts = [
      ...[shop('a'), plan('a', { terms: { type: 'hybrid', baseFee: '29.00', rate: '0.01' }, minimumFee: '30.00' })],
      ...[purchase('a', 'o1', '100.00'), refund('a', 'r1', 'o1', '20.05')],
      plan('a', { planId: 'p2', effectiveFrom: '2026-10-17', occurredAt: '2026-10-16T00:00:00Z' }),
    ];
    const { world } = await billed(facts, { shopIds: ['a'] });

    const text = renderExplanation(await explained(world, 'a'), null);

    const inOrder = [
      'Outcome  invoiced',
      'How it comes about (amounts in USD)',
      'Segment 1  2026-10-01 to 2026-10-16, 16 of 31 days',
      'Plan p1, hybrid, from 2026-01-01 (shops/0/1)',
      'order o1',
      'Billable 100.00',
      'Base fee prorated 14.96774193…',
      '100.00 × 0.01 = 1.00',
      'Together 15.96774193…',
      'At least 15.48387096…',
      'Fee 15.97, rounded once from 15.96774193…',
      'of it phoenix 15.97',
      'Segment 2',
      'refund r1',
      'Fee -0.60, rounded once from -0.6015',
      'Total',
    ];
    let at = 0;
    for (const part of inOrder) {
      const found = text.indexOf(part, at);
      expect(found, `${part} in\n${text.slice(at)}`).toBeGreaterThanOrEqual(at);
      at = found;
    }
  });
});
