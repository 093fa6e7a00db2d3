import { expect, it } from 'vitest';
import { presentMessage } from '../../src/gateway/present-message.ts';
import { parseFact } from '../../src/producers/parse-fact.ts';
import { sampleMonth } from '../../src/producers/sample-month.ts';

it('a fact is shown in the form it is imported in', () => {
  const facts = [...sampleMonth({ shops: 30, period: '2026-10', seed: 7 })];

  expect(new Set(facts.map(({ type }) => type)).size).toBeGreaterThan(4);
  for (const fact of facts) {
    if (fact.type !== 'FxRateQuoted') expect(parseFact(presentMessage(fact))).toEqual(fact);
  }
});

it('a quote is shown with its rate as a decimal', () => {
  const data = { base: 'INR', quote: 'USD', rateUnscaled: 119n, rateScale: 4, asOf: '2026-10-31' };

  expect(presentMessage({ type: 'FxRateQuoted', data })).toEqual({
    ...{ type: 'FxRateQuoted', base: 'INR', quote: 'USD', rate: '0.0119', asOf: '2026-10-31' },
  });
});
