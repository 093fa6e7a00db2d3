import { expect, test } from 'vitest';
import { calendarMonth } from '../../src/domain/billing-period.ts';
import { lateFor, lookBack, tooLate, type StandingBill } from '../../src/domain/late-facts.ts';

const usage = (offset: number) => ({ topic: 'usage', partition: 0, offset: BigInt(offset) });
const fact = (offset: number, date: string) => ({
  position: usage(offset),
  occurredAt: Date.parse(`${date}T12:00:00Z`),
});
const period = (month: string) => calendarMonth(month, 'UTC');

/** The n-th decision of the shop, which saw ten facts more than the one before. */
const bill = (sequence: number, month: string, over: Partial<StandingBill> = {}): StandingBill => ({
  runId: `run-${sequence}`,
  sequence,
  period: period(month),
  currency: 'USD',
  pins: [usage(sequence * 10)],
  ...over,
});

const looked = (bills: readonly StandingBill[], month: string, lastUndone = 0) =>
  lookBack({ bills, lastUndone }, { currency: 'USD', period: period(month) });
const monthsOf = (...asked: Parameters<typeof looked>) =>
  looked(...asked).months.map(({ bill: of, covered, isOpen }) => [
    of.period.startDate.slice(0, 7),
    Number(covered[0]?.offset),
    isOpen,
  ]);

test('a month is covered by its own bill and by later ones of its currency that looked back at it', () => {
  const bills = [bill(1, '2026-07'), bill(2, '2026-08'), bill(3, '2026-09', { currency: 'EUR' })];

  expect(monthsOf(bills, '2026-10')).toEqual([
    ['2026-07', 20, false],
    ['2026-08', 20, false],
  ]);
  expect(looked(bills, '2026-10')).toMatchObject({ from: [usage(20)], seen: [usage(30)] });
});

test('twelve months are looked back at, and none that is not before the bill', () => {
  const bills = [bill(1, '2025-09'), bill(2, '2025-10'), bill(3, '2026-10'), bill(4, '2026-11')];

  expect(monthsOf(bills, '2026-10').map(([month]) => month)).toEqual(['2025-10']);
});

test('what was undone opens the months before it, until a bill looked back since', () => {
  const bills = [bill(1, '2026-07'), bill(3, '2026-09')];
  expect(monthsOf(bills, '2026-10', 4)).toEqual([
    ['2026-07', 10, true],
    ['2026-09', 30, true],
  ]);

  expect(monthsOf([...bills, bill(5, '2026-10')], '2026-11', 4)).toEqual([
    ['2026-07', 50, false],
    ['2026-09', 50, false],
    ['2026-10', 50, false],
  ]);
});

test('a month that is billed behind a later one is open: that one may have adjusted an earlier bill of it', () => {
  expect(monthsOf([bill(2, '2026-08'), bill(4, '2026-07')], '2026-09')).toEqual([
    ['2026-07', 40, true],
    ['2026-08', 20, false],
  ]);
});

test('late for a month is what occurred before its end and was not taken into account', () => {
  const [month] = looked([bill(1, '2026-07')], '2026-08').months;
  const facts = [fact(9, '2026-07-01'), fact(10, '2026-03-01'), fact(11, '2026-07-31'), fact(12, '2026-08-01')];

  expect(lateFor(month!, facts).map(({ position }) => position.offset)).toEqual([10n, 11n]);
});

test('too late is what no bill saw, of a billed month more than twelve back', () => {
  const past = { bills: [bill(1, '2025-08'), bill(2, '2026-09')], lastUndone: 0 };
  const facts = [fact(19, '2025-08-05'), fact(20, '2025-08-05'), fact(21, '2025-07-31'), fact(22, '2026-09-05')];

  expect(tooLate(past, looked(past.bills, '2026-10'), facts, period('2026-10'))).toEqual([usage(20)]);
});
