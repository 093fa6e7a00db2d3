/** A biller in memory that is handed batch by batch, and what a test says of bills that wait for a person. */
import { expect } from 'vitest';
import type { OutRecord } from '../../src/adapters/log.ts';
import type { BillShopDependencies } from '../../src/consumers/bill-shop.ts';
import { createBillShop } from '../../src/consumers/bill-shop.ts';
import { decidedEvents } from '../../src/consumers/decided-events.ts';
import { decideShop, toNewDecision } from '../../src/consumers/decide-shop.ts';
import { loadShopFacts } from '../../src/consumers/load-shop-facts.ts';
import { calendarMonth } from '../../src/domain/billing-period.ts';
import type { ShopBillCalculated, ShopEvent } from '../../src/domain/events.ts';
import type { MessageByType } from '../../src/domain/messages.ts';
import { batchOf, steps, type MemoryWorld } from '../support/memory-world.ts';

type CommandType = 'HoldReleaseRequested' | 'HoldRejectRequested' | 'InvoiceVoidRequested' | 'CreditNoteRequested';

export function givenBiller(world: MemoryWorld) {
  const biller = {
    /** Freezes a run over October. */
    async planned(runId: string, { dryRun = false, shopIds = ['a', 'b'], month = '2026-10' } = {}): Promise<void> {
      const run = {
        runId,
        requestId: `run-requests/0/${runId}`,
        period: calendarMonth(month, 'UTC'),
        dryRun,
        force: false,
        named: false,
        trigger: { source: 'cli', actor: null, deliveryId: null } as const,
        pins: await world.pins(),
        requestedAt: world.clock.now(),
        startedAt: world.clock.now(),
      };
      const manifest = async function* () {
        yield shopIds;
      };
      await world.runs.freeze(run, manifest(), null);
    },

    request: (runId: string, shopId: string): OutRecord =>
      world.message('shop-requests', shopId, 'ShopBillRequested', { runId, shopId }, `${runId}/${shopId}`),

    command<T extends CommandType>(type: T, shopId: string, data: Partial<MessageByType[T]>, id = `${type}-1`) {
      const asked = { shopId, reason: 'looked at it', actor: 'ann', requestedAt: world.clock.now(), ...data };
      return world.message('shop-requests', shopId, type, asked as unknown as MessageByType[T], id);
    },

    /** What one batch publishes. */
    async publishedBy(
      records: readonly OutRecord[],
      options: Parameters<typeof batchOf>[1] = {},
      dependencies: BillShopDependencies = world,
    ): Promise<OutRecord[]> {
      const done = await steps(createBillShop(dependencies)(batchOf(records, options)));
      expect(done.map(({ advance }) => advance)).toEqual([true]);
      return done.flatMap(({ publish }) => publish);
    },

    /** The events among records. */
    eventsOf: (records: readonly OutRecord[]): Promise<ShopEvent[]> =>
      decidedEvents(world.codec, { records, runId: '', shopId: '', decidedAt: 0 }),

    /** Has the shop billed with outcome `held`, whatever its facts say, and returns the bill. */
    async held(runId: string, shopId: string, offset = 1_000n): Promise<ShopBillCalculated> {
      const run = (await world.runs.find(runId))!;
      const record = { ...biller.request(runId, shopId), partition: 0, offset, timestamp: 0 };
      const request = { record, causationId: 'c', shopId, failure: null };
      const key = { runId, shopId, periodStartDate: run.period.startDate, source: record };
      const [state] = await world.register.load([key]);
      const [loaded] = await loadShopFacts({
        ...{ ledger: world.ledger, shopIds: [shopId], states: [state!] },
        ...{ period: run.period, pins: run.pins },
      });
      const common = { ...world, run, request, state: state!, pins: null, now: world.clock.now() };
      const calculated = decideShop({ ...common, loaded: loaded! });
      const [event] = calculated.events;
      if (event?.type !== 'ShopBillCalculated') throw new Error(`${shopId} has no bill to hold`);
      const bill: ShopBillCalculated = { ...event.data, outcome: 'held' };
      const decision = {
        ...calculated,
        outcome: 'held' as const,
        events: [{ type: event.type, data: bill }],
        invoice: null,
      };
      expect(await world.register.record([toNewDecision({ ...common, decision })])).not.toContain(null);
      return bill;
    },
  };
  return biller;
}

/** `key Type`, or the code of a dead letter. */
export const typesOf = (records: readonly OutRecord[]) =>
  records.map(
    ({ key, headers, topic }) => `${key} ${topic.endsWith('.dlq') ? headers['failure-code'] : headers['ce_type']}`,
  );
