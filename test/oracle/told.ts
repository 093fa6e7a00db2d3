/**
 * The record order and what of it can be seen. DOMAIN "Late facts" speaks of *pins*: up to where of the log a bill may
 * look. CONTRACTS: "The same fact twice is one fact […]; a contradicting repeat is dead-lettered with FACT_CONFLICT, and
 * the first stands."
 */
import { isDeepStrictEqual } from 'node:util';
import type { FactLine } from './fact-lines.ts';
import type { Interaction, Order, PlanVersion, Quote, Refund, Registration } from './facts.ts';
import { readInteraction, readOrder, readPlan, readQuote, readRefund, readRegistration } from './read-facts.ts';

/** Where a fact was recorded, if that is not simply one after the other. */
export interface Position {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly timestamp: number;
}

/** How many facts are visible; or, per "topic/partition", how many of that partition. */
export type Cut = number | ReadonlyMap<string, number>;

export interface Told<T> {
  readonly fact: T;
  /** Its place in the list of facts. */
  readonly index: number;
  readonly position: Position | null;
}

/** All facts of a world by type, each list in record order, repeats and contradictions already left out. */
export interface ToldFacts {
  readonly registrations: readonly Told<Registration>[];
  readonly plans: readonly Told<PlanVersion>[];
  readonly orders: readonly Told<Order>[];
  readonly refunds: readonly Told<Refund>[];
  readonly interactions: readonly Told<Interaction>[];
  readonly quotes: readonly Told<Quote>[];
  /** Indexes of facts that contradict an earlier one. */
  readonly contradictions: readonly number[];
}

export function isVisible({ index, position }: Told<unknown>, cut: Cut): boolean {
  if (typeof cut === 'number') return index < cut;
  if (position === null) throw new Error('a cut by offsets needs facts with positions');
  return position.offset < (cut.get(`${position.topic}/${position.partition}`) ?? 0);
}

/** What can be seen by at least one of the cuts. */
export const seenBy = <T>(facts: readonly Told<T>[], cuts: readonly Cut[]): T[] =>
  facts.filter((told) => cuts.some((cut) => isVisible(told, cut))).map(({ fact }) => fact);

export function readAll(lines: readonly FactLine[], positions?: readonly Position[]): ToldFacts {
  const inOrder = lines
    .map((line, index) => ({ line, index, position: positions?.[index] ?? null }))
    .sort((a, b) => recordOrder(a.position, b.position) || a.index - b.index);
  const contradictions: number[] = [];
  const firsts = new Map<string, unknown>();
  const lists = {
    registrations: [] as Told<Registration>[],
    plans: [] as Told<PlanVersion>[],
    orders: [] as Told<Order>[],
    refunds: [] as Told<Refund>[],
    interactions: [] as Told<Interaction>[],
    quotes: [] as Told<Quote>[],
  };

  for (const { line, index, position } of inOrder) {
    const tell = <T>(list: Told<T>[], fact: T) => void list.push({ fact, index, position });
    const tellOnce = <T>(list: Told<T>[], id: string, fact: T) => {
      const first = firsts.get(id);
      if (first === undefined) {
        firsts.set(id, fact);
        tell(list, fact);
      } else if (!isDeepStrictEqual(first, fact)) contradictions.push(index);
    };
    switch (line.type) {
      // A history: registrations and plan versions never contradict each other.
      case 'ShopRegistered':
        tell(lists.registrations, readRegistration(line));
        break;
      case 'PlanAssigned':
        tell(lists.plans, readPlan(line));
        break;
      case 'PurchaseAttributed':
      case 'OrderPlaced':
        tellOnce(lists.orders, JSON.stringify(['order', line.shopId, line.orderId]), readOrder(line));
        break;
      case 'PurchaseRefunded':
        tellOnce(lists.refunds, JSON.stringify(['refund', line.shopId, line.refundId]), readRefund(line));
        break;
      case 'InteractionRecorded':
        tellOnce(lists.interactions, JSON.stringify(['touch', line.shopId, line.interactionId]), readInteraction(line));
        break;
      case 'FxRateQuoted':
        tellOnce(lists.quotes, JSON.stringify(['quote', line.base, line.quote, line.asOf]), readQuote(line));
        break;
    }
  }
  return { ...lists, contradictions };
}

/** docs/facts.md: "'First' is the order of the log: (log timestamp, partition, offset)." */
function recordOrder(a: Position | null, b: Position | null): number {
  if (a === null || b === null) return 0;
  return a.timestamp - b.timestamp || a.partition - b.partition || a.offset - b.offset;
}
