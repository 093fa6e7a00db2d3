/** What should have come of the facts on the log: asked of the oracle, which shares nothing with src/. */
import { isbot } from 'isbot';
import { createOracle } from '../../oracle/oracle.ts';
import type { ShopOutcome } from '../../oracle/actions.ts';
import type { Observed, Pins } from './observed.ts';

export interface Expectations {
  /** Shops to be billed by a run over all. @param month `2026-10` */
  billable(month: string, pins: Pins): string[];
  /** A shop by itself: before carried credit, whether or not the month is settled. */
  alone(shopId: string, month: string, pins: Pins): ShopOutcome;
}

export function createExpectations({ facts, timeZone }: Observed): Expectations {
  const oracle = createOracle({
    facts: facts.map(({ line }) => line),
    positions: facts.map(({ position }) => position),
    timeZone,
    isBot: isbot,
  });
  const cutAt = (pins: Pins) =>
    new Map(pins.map(({ topic, partition, offset }) => [`${topic}/${partition}`, Number(offset)]));
  const outcomes = new Map<string, ShopOutcome>();
  return {
    billable: (period, pins) =>
      oracle
        .run({ kind: 'run', period, cut: cutAt(pins), isDry: true })
        .shops.map(({ shopId }) => shopId)
        .sort(),
    alone(shopId, period, pins) {
      const cut = cutAt(pins);
      const asked = [shopId, period, ...cut.values()].join();
      const known =
        outcomes.get(asked) ?? oracle.run({ kind: 'run', period, cut, isDry: true, shopIds: [shopId] }).shops[0]!;
      outcomes.set(asked, known);
      return known;
    },
  };
}
