/** Fraud checks against a naive model, and what is read against everything there is. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fraudWorld } from './arbitrary-fraud.ts';
import { assess } from './fraud-given.ts';
import { naiveStates } from './naive-fraud.ts';

describe('fraud checks', () => {
  it('are in the states that a naive model finds', () => {
    const property = fc.property(fraudWorld, (facts) => {
      const { checks, level, confidencePpm } = assess(facts);
      const states = Object.fromEntries(checks.map(({ code, state }) => [code, state]));
      expect(states).toEqual(naiveStates(facts));
      const triggered = Object.values(states).filter((state) => state === 'triggered').length;
      expect(level).toBe(['none', 'low', 'medium', 'high', 'critical'][Math.min(4, triggered)]);
      expect(confidencePpm).toBe([100_000, 500_000, 700_000][triggered] ?? 900_000);
    });
    fc.assert(property, { numRuns: 400 });
  });

  it('say the same, to the letter, whether every row was read or only what the sums called for', () => {
    const property = fc.property(fraudWorld, (facts) => {
      expect(assess(facts, 'needed')).toEqual(assess(facts, 'all'));
    });
    fc.assert(property, { numRuns: 400 });
  });

  it('say the same in whatever order the facts come', () => {
    const shuffled = fraudWorld.chain((facts) =>
      fc.record({
        facts: fc.constant(facts),
        interactions: fc.shuffledSubarray([...facts.interactions!], { minLength: facts.interactions!.length }),
        purchases: fc.shuffledSubarray([...facts.purchases!], { minLength: facts.purchases!.length }),
      }),
    );
    const property = fc.property(shuffled, ({ facts, ...inAnyOrder }) => {
      expect(assess({ ...facts, ...inAnyOrder })).toEqual(assess(facts));
    });
    fc.assert(property, { numRuns: 100 });
  });
});
