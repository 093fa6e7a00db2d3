/** Histories of a shop in a run as the biller could have made them, for property tests. */
import fc from 'fast-check';
import type { ShopEvent } from '../../src/domain/events.ts';
import {
  calculated,
  failed,
  flagged,
  invoiced,
  rejected,
  released,
  skipped,
  voided,
  type Place,
} from './shop-events.ts';

type Step = (place: Place, amount: bigint, currency: string) => ShopEvent[];

/** What may follow what: each name is a decision, and takes the next sequence of the shop. */
const STEPS: Record<string, { events: Step; next: readonly string[] }> = {
  failed: { events: (place) => [failed(place)], next: ['failed', 'skipped', 'zero', 'credit', 'held', 'invoiced'] },
  skipped: { events: (place) => [skipped(place)], next: ['failed', 'zero', 'invoiced'] },
  zero: {
    events: (place, attributedMinor, currency) => [calculated('zero', place, { attributedMinor, currency })],
    next: [],
  },
  trial: {
    events: (place, attributedMinor, currency) => [calculated('trial', place, { attributedMinor, currency })],
    next: [],
  },
  credit: {
    events: (place, amount, currency) => [
      calculated('credit', place, { attributedMinor: amount, totalMinor: -amount, currency }),
    ],
    next: [],
  },
  held: {
    events: (place, attributedMinor, currency) => [
      calculated('held', place, { attributedMinor, currency }),
      flagged(place),
    ],
    next: ['released', 'rejected'],
  },
  released: {
    events: (place, attributedMinor, currency) => [released(place), invoiced(place, { attributedMinor, currency })],
    next: ['voided'],
  },
  rejected: { events: (place) => [rejected(place)], next: [] },
  invoiced: {
    events: (place, attributedMinor, currency) => [
      calculated('invoiced', place, { attributedMinor, currency }),
      invoiced(place, { attributedMinor, currency }),
    ],
    next: ['voided'],
  },
  voided: { events: (place) => [voided(place)], next: [] },
};
const FIRST = ['failed', 'skipped', 'zero', 'trial', 'credit', 'held', 'invoiced'];

export interface ShopHistory {
  /** In the order of decision. */
  readonly events: readonly ShopEvent[];
  readonly lastDecision: string;
}

/** 1 to 4 decisions about a shop, beginning at any sequence. */
export function shopHistory(place: { runId: string; shopId: string }): fc.Arbitrary<ShopHistory> {
  return fc
    .record({
      choices: fc.array(fc.nat(1_000), { minLength: 1, maxLength: 4 }),
      first: fc.integer({ min: 1, max: 5 }),
      amount: fc.integer({ min: 100, max: 1_000_000 }),
      currency: fc.constantFrom('USD', 'JPY', 'EUR'),
    })
    .map(({ choices, first, amount, currency }) => {
      const events: ShopEvent[] = [];
      let lastDecision = '';
      let next: readonly string[] = FIRST;
      for (const [index, choice] of choices.entries()) {
        const name = next[choice % next.length];
        if (name === undefined) break;
        events.push(...STEPS[name]!.events({ ...place, sequence: first + index }, BigInt(amount), currency));
        lastDecision = name;
        next = STEPS[name]!.next;
      }
      return { events, lastDecision };
    });
}
