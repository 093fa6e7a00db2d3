/** Random shops that come near, and over, the limits of the fraud checks. */
import fc from 'fast-check';
import type { FxRateQuoted, InteractionRecorded, PurchaseAttributed } from '../../src/domain/facts.ts';
import type { FraudWorld } from './fraud-given.ts';
import { interaction, OCTOBER, purchase } from './given.ts';

const BROWSER = 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Safari/537.36';
const HOUR = 3_600_000;
/** Times crowd around a few moments, with ties and with gaps of exactly a window's length. */
const WINDOWS = [0, 1, 999, 1_000, 59_999, 60_000, 3_599_999, 3_600_000, 86_399_999, 86_400_000, 30 * 86_400_000];
const moment = fc
  .tuple(
    fc.constantFrom(OCTOBER.start, OCTOBER.start + 5 * 86_400_000, OCTOBER.end - 1),
    fc.constantFrom(...WINDOWS),
    fc.constantFrom(1, -1),
    fc.integer({ min: 0, max: 2 }),
  )
  .map(([base, gap, sign, more]) => base + sign * gap + more);
const maybe = (...ids: string[]) => fc.constantFrom(null, ...ids);

const interactions: fc.Arbitrary<InteractionRecorded[]> = fc
  .array(
    fc.record({
      occurredAt: moment,
      interactionType: fc.constantFrom('view', 'click', 'add_to_cart'),
      sessionId: fc.oneof(
        maybe('z1', 'z2'),
        fc.integer({ min: 0, max: 30 }).map((n) => `z${n}`),
      ),
      customerId: maybe('c1', 'c2'),
      ipAddress: maybe('192.0.2.1', '192.0.2.2'),
      userAgent: maybe(BROWSER, 'somebot'),
    }),
    { maxLength: 70 },
  )
  .map((rows) =>
    rows.map((row, index) => interaction('2026-10-01', 'phoenix', { ...row, interactionId: `i${index}` })),
  );

const purchases: fc.Arbitrary<PurchaseAttributed[]> = fc
  .array(
    fc.record({
      occurredAt: moment,
      customerId: maybe('c1', 'c2', 'c3'),
      sessionId: maybe('z1', 'z2', 'z3'),
      amount: fc.constantFrom(0n, 1n, 50_000n, 99_999n, 100_000n, 500_000n, 1_000_000n, 10_000_000n),
    }),
    { maxLength: 12 },
  )
  .map((rows) =>
    rows.map(({ amount, ...row }, index) =>
      purchase(
        '2026-10-01',
        {},
        {
          ...{ ...row, orderId: `o${index}`, orderTotalMinor: amount },
          attributions: [{ channel: 'phoenix', amountMinor: amount }],
        },
      ),
    ),
  );

const count = fc.option(fc.integer({ min: 0, max: 12 }));
const amount = fc.option(fc.constantFrom(0n, 49_999n, 50_000n, 150_000n, 999_999n, 1_000_000n));
const profile = fc.record({
  maxInteractionsPerHour: count,
  maxInteractionsPerDay: count,
  maxClicksPerSessionMinute: fc.option(fc.integer({ min: 0, max: 4 })),
  minConversionRatePpm: fc.constantFrom(null, 0, 5_000, 50_000),
  maxConversionRatePpm: fc.constantFrom(null, 0, 20_000, 50_000),
  maxRevenuePerHourMinor: amount,
  maxRevenuePerDayMinor: amount,
  maxInteractionsPerIpHour: count,
  maxSessionsPerIpHour: fc.option(fc.integer({ min: 0, max: 5 })),
});

const quote: fc.Arbitrary<FxRateQuoted> = fc
  .tuple(fc.constantFrom(1n, 3n, 95n, 100n, 110n), fc.integer({ min: 0, max: 3 }))
  .map(([rateUnscaled, rateScale]) => ({ base: 'EUR', quote: 'USD', rateUnscaled, rateScale, asOf: '2026-10-31' }));

/** So many that a conversion rate means something. */
const CROWD = Array.from({ length: 180 }, (_, index) =>
  interaction('2026-10-20', 'phoenix', { interactionId: `crowd${index}`, occurredAt: OCTOBER.start + index * HOUR }),
);

export const fraudWorld: fc.Arbitrary<FraudWorld> = fc.record({
  interactions: fc.tuple(interactions, fc.boolean()).map(([few, crowded]) => (crowded ? [...few, ...CROWD] : few)),
  purchases,
  profile,
  refundedMinor: fc.constantFrom(0n, 50_000n, 50_001n, 500_000n, 500_001n),
  plan: fc.constantFrom({ currency: 'USD' }, { currency: 'EUR' }, { currency: 'KWD', currencyExponent: 3 }),
  usdQuote: fc.option(quote),
});
