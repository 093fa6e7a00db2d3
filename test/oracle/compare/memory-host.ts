/** The product in memory: its own parser, planner and biller on its memory adapters. */
import type { OutRecord } from '../../../src/adapters/log.ts';
import { createBillShop } from '../../../src/consumers/bill-shop.ts';
import { givenPlanner } from '../../consumers/given-planner.ts';
import { batchOf, createMemoryWorld, steps } from '../../support/memory-world.ts';
import type { ProductHost } from './product-host.ts';

export function createMemoryHost(timeZone: string): ProductHost {
  const world = { ...createMemoryWorld(), timeZone };
  const planner = givenPlanner(world);
  const billShop = createBillShop(world);
  const offsets = new Map<string, bigint>();

  return {
    message: world.message,
    now: () => world.clock.now(),
    moveTo: (instant) => void world.clock.set(instant),
    tell: (facts) => world.tell(...facts),
    run: async (wish) => {
      const offset = nextOffset('run-requests', 1);
      const planned = await steps(planner.plan([planner.request(wish, `request-${offset}`)], { from: offset }));
      return messagesOf(await decided(planned.flatMap(({ publish }) => publish)));
    },
    command: async (request) => messagesOf(await decided([request])),
  };

  function nextOffset(topic: string, count: number): bigint {
    const offset = offsets.get(topic) ?? 0n;
    offsets.set(topic, offset + BigInt(count));
    return offset;
  }

  /** Hands requests to the biller, those for another attempt too, until none is left. */
  async function decided(published: readonly OutRecord[]): Promise<OutRecord[]> {
    const requests = published.filter(({ topic }) => topic.startsWith('shop-requests') && !topic.endsWith('.dlq'));
    const done = published.filter((record) => !requests.includes(record));
    for (const topic of new Set(requests.map((record) => record.topic))) {
      const batch = requests.filter((record) => record.topic === topic);
      const from = nextOffset(topic, batch.length);
      const work = await steps(billShop(batchOf(batch, { from, publishedBelow: from })));
      done.push(...(await decided(work.flatMap(({ publish }) => publish))));
    }
    return done;
  }

  async function messagesOf(records: readonly OutRecord[]) {
    const decoded = await world.codec.decode(batchOf(records).records);
    return decoded.map((one) => {
      if ('problem' in one) throw new Error(`an event that cannot be decoded: ${one.problem}`);
      return one;
    });
  }
}
