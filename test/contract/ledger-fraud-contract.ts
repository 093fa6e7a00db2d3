/** What every ledger tells the fraud checks. Run on memory and on Postgres. */
import fc from 'fast-check';
import { beforeEach, describe, expect, test } from 'vitest';
import type { Ledger } from '../../src/adapters/ledger.ts';
import type { InteractionRecorded } from '../../src/domain/facts.ts';
import type { Pin } from '../../src/domain/log-position.ts';
import { busiestOf, sumsOf } from '../domain/fraud-facts.ts';
import { at, batchOf, entry, interacted, OCTOBER, placed, purchased, usagePins } from './ledger-facts.ts';

const SEED = 20261102;
const BROWSER = 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Safari/537.36';
const [HOUR, DAY] = [3_600_000, 86_400_000];
const NOON = Date.UTC(2026, 9, 10, 12);
const ALL = usagePins(999, 999);
const WINDOWS = [{ shopId: 's1', ...OCTOBER }];

/** @param createLedger an empty ledger, a new one for each test */
export function ledgerFraudContract(createLedger: () => Promise<Ledger>): void {
  let ledger: Ledger;
  beforeEach(async () => {
    ledger = await createLedger();
  });

  const append = async (...facts: Parameters<typeof entry>[1][]) =>
    void (await ledger.append(batchOf(...facts.map((fact, index) => entry(at('usage', 0, index), fact)))));
  const sums = async (pins: readonly Pin[] = ALL) => (await ledger.loadInteractionSums({ windows: WINDOWS, pins }))[0]!;
  const rows = async (pins: readonly Pin[] = ALL) => (await ledger.loadInteractions({ windows: WINDOWS, pins }))[0]!;
  const purchases = async (pins: readonly Pin[] = ALL) => (await ledger.loadPurchases({ windows: WINDOWS, pins }))[0]!;

  describe('interactions for the fraud checks', () => {
    test('of nobody are none, aligned with the windows', async () => {
      await append(interacted({ shopId: 's2' }));
      const windows = [...WINDOWS, { shopId: 's2', ...OCTOBER }, ...WINDOWS];

      const found = await ledger.loadInteractionSums({ windows, pins: ALL });

      expect(found.map(({ everInteracted, sums: { interactions } }) => [everInteracted, interactions])).toEqual([
        [false, 0],
        [true, 1],
        [false, 0],
      ]);
      expect((await ledger.loadBusiestHours({ windows, pins: ALL })).map(({ interactions }) => interactions)).toEqual([
        ...[0, 1, 0],
      ]);
      expect((await ledger.loadInteractions({ windows, pins: ALL })).map((some) => some.length)).toEqual([0, 1, 0]);
      expect(await ledger.loadInteractionSums({ windows: [], pins: ALL })).toEqual([]);
      expect(await ledger.loadBusiestHours({ windows: [], pins: ALL })).toEqual([]);
    });

    test('are those of the half-open window; ever is at any time within the pins', async () => {
      await append(
        interacted({ interactionId: 'before', occurredAt: OCTOBER.start - 1 }),
        interacted({ interactionId: 'first', occurredAt: OCTOBER.start }),
        interacted({ interactionId: 'last', occurredAt: OCTOBER.end - 1 }),
        interacted({ interactionId: 'after', occurredAt: OCTOBER.end }),
      );

      expect((await rows()).map(({ interactionId }) => interactionId)).toEqual(['first', 'last']);
      expect((await sums()).sums.interactions).toBe(2);
      expect(await sums(usagePins(1))).toMatchObject({ everInteracted: true, sums: { interactions: 0 } });
      expect(await sums(usagePins(0, 999))).toMatchObject({ everInteracted: false, sums: { interactions: 0 } });
    });

    test('of an id told twice differently are the first within the pins', async () => {
      await ledger.append(batchOf(entry(at('usage', 1, 0), interacted({ sessionId: 'later', ipAddress: 'b' }), 200)));
      await ledger.append(batchOf(entry(at('usage', 0, 0), interacted({ sessionId: 'first', ipAddress: 'a' }), 100)));

      expect(await rows(usagePins(9, 9))).toMatchObject([{ sessionId: 'first', ipAddress: 'a' }]);
      expect(await rows(usagePins(0, 9))).toMatchObject([{ sessionId: 'later', ipAddress: 'b' }]);
      expect((await sums(usagePins(9, 9))).sums).toMatchObject({ interactions: 1, sessionsOfOneIp: 1 });
    });

    test('come in order of time, then id as bytes, with what the checks look at', async () => {
      await append(
        interacted({ interactionId: '\u{1f600}', occurredAt: NOON }),
        interacted({ interactionId: '\uffff', occurredAt: NOON, interactionType: 'view' }),
        interacted({ interactionId: 'x', occurredAt: NOON - 1, sessionId: 'z', ipAddress: '203.0.113.9' }),
      );

      expect(await rows()).toEqual([
        { interactionId: 'x', occurredAt: NOON - 1, isClick: true, sessionId: 'z', ipAddress: '203.0.113.9' },
        { interactionId: '\uffff', occurredAt: NOON, isClick: false, sessionId: null, ipAddress: null },
        { interactionId: '\u{1f600}', occurredAt: NOON, isClick: true, sessionId: null, ipAddress: null },
      ]);
    });

    test('count bots by what they say of themselves', async () => {
      const agents = [BROWSER, 'Googlebot/2.1', 'curl/8.5.0', 'curl/8.5.0', '', null, '{"\\,', 'python-requests/2.32'];
      await append(...agents.map((userAgent, n) => interacted({ interactionId: `i${n}`, userAgent })));

      expect((await sums()).sums).toMatchObject({
        interactions: 8,
        botInteractions: 4,
        botAgents: ['curl/8.5.0', 'Googlebot/2.1', 'python-requests/2.32'],
      });
    });

    test('have short sessions, of which ten are named', async () => {
      const session = (name: string, lengthMs: number) =>
        [0, lengthMs].map((later, n) =>
          interacted({ interactionId: `${name}${n}`, sessionId: name, occurredAt: NOON + later }),
        );
      const names = Array.from({ length: 12 }, (_, n) => `s${String(n).padStart(2, '0')}`);
      await append(
        ...names.flatMap((name) => session(name, 999)),
        ...session('B', 0),
        ...session('long', 1_000),
        interacted({ interactionId: 'alone', sessionId: 'alone' }),
      );

      expect((await sums()).sums).toMatchObject({
        ...{ longerSessions: 14, shortSessions: 13 },
        shortSessionIds: ['B', ...names.slice(0, 9)],
      });
    });

    test('have busiest hours of the clock, two adjacent ones', async () => {
      const times = [NOON, NOON + HOUR - 1, NOON + HOUR, NOON + 3 * HOUR, NOON + DAY, NOON + 3 * DAY];
      await append(...times.map((occurredAt, n) => interacted({ interactionId: `i${n}`, occurredAt })));

      const [busiest] = await ledger.loadBusiestHours({ windows: WINDOWS, pins: ALL });

      expect(busiest).toMatchObject({ interactions: 3, interactionsOfTwoDays: 5 });
    });
  });

  describe('purchases for the fraud checks', () => {
    const met = { customerId: 'c1', sessionId: 'z1' };

    test('are those of the half-open window, in order of time, then id, of every kind', async () => {
      await append(
        purchased({ orderId: 'o4', occurredAt: OCTOBER.end }),
        purchased({ orderId: 'o3', occurredAt: OCTOBER.end - 1, currency: 'EUR' }),
        placed({ orderId: 'o2', occurredAt: OCTOBER.start }),
        purchased({ orderId: 'o1', occurredAt: OCTOBER.start }),
        purchased({ orderId: 'o0', occurredAt: OCTOBER.start - 1 }),
      );

      const seen = { visitor: 'anonymous', currency: 'USD' };
      expect(await purchases()).toEqual([
        { ...seen, orderId: 'o1', occurredAt: OCTOBER.start, attributedMinor: 7_000n },
        { ...seen, orderId: 'o2', occurredAt: OCTOBER.start, attributedMinor: null },
        { ...seen, orderId: 'o3', occurredAt: OCTOBER.end - 1, attributedMinor: 7_000n, currency: 'EUR' },
      ]);
      expect(await ledger.loadPurchases({ windows: [], pins: ALL })).toEqual([]);
    });

    test.each([
      ['at the very moment', { ...met, occurredAt: NOON }, 'met'],
      ['30 days before, and before the window', { ...met, occurredAt: NOON - 30 * DAY }, 'met'],
      ['a moment longer ago', { ...met, occurredAt: NOON - 30 * DAY - 1 }, 'unmet'],
      ['a moment afterwards', { ...met, occurredAt: NOON + 1 }, 'unmet'],
      ['of another customer in the same session', { ...met, customerId: 'c2', occurredAt: NOON }, 'unmet'],
      ['of the customer in another session', { ...met, sessionId: 'z2', occurredAt: NOON }, 'met'],
      ['of the customer in another shop', { ...met, shopId: 's2', occurredAt: NOON }, 'unmet'],
    ] as const)('of a customer who interacted %s', async (_, interaction, visitor) => {
      await append(purchased({ ...met, occurredAt: NOON }), interacted(interaction));
      expect(await purchases()).toMatchObject([{ visitor }]);
    });

    test('without a customer go by the session, whoever it was', async () => {
      await append(
        purchased({ customerId: null, sessionId: 'z1', occurredAt: NOON }),
        placed({ orderId: 'o2', customerId: null, sessionId: 'z2', occurredAt: NOON }),
        interacted({ ...met, interactionType: 'view', occurredAt: NOON - 1 }),
      );
      expect(await purchases()).toMatchObject([{ visitor: 'met' }, { visitor: 'unmet' }]);
    });

    test('are met only by interactions that stand within the pins', async () => {
      const bought = entry(at('usage', 0, 0), purchased({ ...met, occurredAt: NOON }));
      await ledger.append(batchOf(bought));
      await ledger.append(batchOf(entry(at('usage', 1, 0), interacted({ ...met, occurredAt: NOON }), 200)));
      const first = entry(at('usage', 0, 1), interacted({ customerId: 'c2', occurredAt: NOON }), 100);
      await ledger.append(batchOf(first));

      expect(await purchases(usagePins(1))).toMatchObject([{ visitor: 'unmet' }]);
      expect(await purchases(usagePins(1, 1))).toMatchObject([{ visitor: 'met' }]);
      expect(await purchases(usagePins(2, 1))).toMatchObject([{ visitor: 'unmet' }]);
    });
  });

  test(`sums and busiest hours are those of a naive model (seed ${SEED})`, { timeout: 120_000 }, async () => {
    const told = fc.record({
      occurredAt: fc
        .tuple(fc.constantFrom(0, HOUR, 2 * HOUR, DAY, 2 * DAY), fc.constantFrom(0, 999, 1_000, HOUR - 1))
        .map(([bucket, more]) => OCTOBER.start + bucket + more),
      interactionType: fc.constantFrom('view', 'click'),
      sessionId: fc.constantFrom(null, 'z1', 'z2', 'z3'),
      ipAddress: fc.constantFrom(null, '192.0.2.1', '192.0.2.2'),
      userAgent: fc.constantFrom(null, BROWSER, 'Googlebot/2.1', 'bingbot/2.0'),
    });
    const property = fc.asyncProperty(fc.array(told, { maxLength: 40 }), async (facts) => {
      const fresh = await createLedger();
      const seen = facts.map((over, n) => interacted({ ...over, interactionId: `i${n}` }));
      if (seen.length > 0) await fresh.append(batchOf(...seen.map((fact, n) => entry(at('usage', 0, n), fact))));
      const interactions = seen.map(({ data }): InteractionRecorded => data);

      expect((await fresh.loadInteractionSums({ windows: WINDOWS, pins: ALL }))[0]!.sums).toEqual(sumsOf(interactions));
      expect((await fresh.loadBusiestHours({ windows: WINDOWS, pins: ALL }))[0]).toEqual(busiestOf(interactions));
    });
    await fc.assert(property, { seed: SEED, numRuns: 60 });
  });
}
