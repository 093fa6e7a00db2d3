/** What a shop owes, worked out from the lines that were told: the rules once more, in the plainest way. */
import type { SeenFact } from './observed.ts';

export interface Month {
  /** `2026-10-01` */
  readonly startDate: string;
  readonly endDate: string;
}

export type Expected =
  | { readonly skipped: string }
  | {
      readonly attributed: bigint;
      readonly refunded: bigint;
      readonly subtotal: bigint;
      readonly discount: bigint;
      readonly tax: bigint;
      /** Before carried credit. */
      readonly due: bigint;
    };

interface Order {
  readonly month: boolean;
  readonly attributed: bigint;
  readonly total: bigint;
}

/** @param facts what can be seen, in record order, repeats included */
export function expectedBill(facts: readonly SeenFact[], shopId: string, { startDate, endDate }: Month): Expected {
  const lines = facts.map(({ line }) => line).filter((line) => line['shopId'] === shopId);
  const isWithin = (line: object) => {
    const day = text(line, 'occurredAt').slice(0, 10);
    return day >= startDate && day <= endDate;
  };
  const registered = lines.filter(({ type }) => type === 'ShopRegistered');
  if (registered.length === 0) return { skipped: 'shop_not_found' };
  if (!registered.some((line) => line['status'] === 'active')) return { skipped: 'shop_inactive' };
  const plan = lines.findLast(({ type }) => type === 'PlanAssigned');
  if (plan === undefined) return { skipped: 'no_plan' };

  const orders = new Map<string, Order>();
  for (const line of once(lines, 'PurchaseAttributed', 'orderId')) {
    const parts = line['attributions'] as readonly { amount: string }[];
    orders.set(text(line, 'orderId'), {
      month: isWithin(line),
      attributed: sum(parts.map(({ amount }) => minor(amount))),
      total: minor(text(line, 'orderTotal')),
    });
  }
  const left = new Map([...orders].map(([orderId, { attributed }]) => [orderId, attributed]));
  let refunded = 0n;
  const refunds = once(lines, 'PurchaseRefunded', 'refundId').sort((a, b) =>
    compare(text(a, 'occurredAt') + text(a, 'refundId'), text(b, 'occurredAt') + text(b, 'refundId')),
  );
  for (const line of refunds) {
    const orderId = text(line, 'orderId');
    const order = orders.get(orderId);
    if (order === undefined || text(line, 'occurredAt').slice(0, 10) > endDate) continue;
    const wanted = share(order.attributed, minor(text(line, 'refundTotal')), order.total);
    const taken = wanted < left.get(orderId)! ? wanted : left.get(orderId)!;
    left.set(orderId, left.get(orderId)! - taken);
    if (isWithin(line)) refunded += taken;
  }
  const attributed = sum([...orders.values()].filter(({ month }) => month).map((order) => order.attributed));
  const { rate } = plan['terms'] as { rate: string };
  let subtotal = share(attributed - refunded, ppm(rate), 1_000_000n);
  const [minimum, maximum] = [plan['minimumFee'], plan['maximumFee']] as (string | undefined)[];
  if (minimum !== undefined && subtotal < minor(minimum)) subtotal = minor(minimum);
  if (maximum !== undefined && subtotal > minor(maximum)) subtotal = minor(maximum);
  const discount = share(subtotal, ppm((plan['discountRate'] as string | undefined) ?? '0'), 1_000_000n);
  const tax = share(subtotal - discount, ppm((plan['taxRate'] as string | undefined) ?? '0'), 1_000_000n);
  return { attributed, refunded, subtotal, discount, tax, due: subtotal - discount + tax };
}

/** Of facts with one id the first. */
function once(lines: readonly SeenFact['line'][], type: string, id: string): SeenFact['line'][] {
  const first = new Map<unknown, SeenFact['line']>();
  for (const line of lines) if (line.type === type && !first.has(line[id])) first.set(line[id], line);
  return [...first.values()];
}

const text = (line: object, field: string): string => (line as Readonly<Record<string, string>>)[field]!;
const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
const sum = (amounts: readonly bigint[]): bigint => amounts.reduce((total, amount) => total + amount, 0n);
const minor = (amount: string): bigint => decimal(amount, 2);
const ppm = (rate: string): bigint => decimal(rate, 6);

function decimal(value: string, digits: number): bigint {
  const [whole = '', fraction = ''] = value.split('.');
  return BigInt(whole + fraction.padEnd(digits, '0'));
}

/** amount × part / whole, half away from zero. */
function share(amount: bigint, part: bigint, whole: bigint): bigint {
  const product = amount * part * 2n;
  return (product + (product < 0n ? -whole : whole)) / (2n * whole);
}
