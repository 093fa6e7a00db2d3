/**
 * The oracle: what should come of a list of facts and of billing actions, worked out from DOMAIN alone. It shares nothing
 * with src/, keeps everything in memory and prefers looking at all facts again to remembering anything.
 */
import type { BillingRun, Command, CommandResult, RunResult, ShopOutcome } from './actions.ts';
import { billOf } from './bill.ts';
import { createBook, isSettled, type Book } from './book.ts';
import { byBytes } from './bytes.ts';
import { monthOf, periodOf, type Period } from './calendar.ts';
import { carryOut } from './commands.ts';
import { openCredits } from './credits.ts';
import type { FactLine } from './fact-lines.ts';
import { BillFailure } from './failure.ts';
import { hasUsage, whyNotBillable } from './shops.ts';
import { readAll, type Cut, type Position } from './told.ts';
import { createViews, throughOne } from './view.ts';

export interface OracleWorld {
  /** In record order; each fact's place is its index. */
  readonly facts: readonly FactLine[];
  /** Where each fact was recorded, for cuts by offsets. */
  readonly positions?: readonly Position[];
  readonly timeZone: string;
  /** "as the isbot library tells" */
  readonly isBot: (userAgent: string) => boolean;
}

export function createOracle({ facts, positions, timeZone, isBot }: OracleWorld) {
  const told = readAll(facts, positions);
  const viewOf = createViews(told, timeZone);
  const book = createBook();
  const runsOverAll = new Set<string>();
  const shopIds = [...new Set(facts.flatMap((fact) => ('shopId' in fact ? [fact.shopId] : [])))].sort(byBytes);

  return {
    contradictions: told.contradictions,
    openCredits: (shopId: string) => openCredits(book, shopId),
    bills: () => book.bills,
    /** Every invoice ever issued to a shop, voided ones too: month and total. */
    invoicesOf: (shopId: string): string[] =>
      book.bills
        .filter((bill) => bill.shopId === shopId && (bill.outcome === 'invoiced' || bill.outcome === 'voided'))
        .map(({ month, total }) => `${month} ${total}`),

    /** @param past what had been decided when a dry run looked, where that is not what this oracle decided */
    run({ period: asked, cut, isDry = false, shopIds: named, force = false }: BillingRun, past = book): RunResult {
      const period = typeof asked === 'string' ? periodOf(asked) : asked;
      const isBillable = (shopId: string) => whyNotBillable(viewOf(shopId, throughOne(cut)), period) === null;
      const unbillableShopsWithUsage = shopIds.filter(
        (shopId) => !isBillable(shopId) && hasUsage(viewOf(shopId, throughOne(cut)), period),
      ).length;
      // "A live run over all shops of a period has a deterministic id […] force starts another".
      if (!isDry && named === undefined && !force) {
        if (runsOverAll.has(period.from)) return { shops: [], unbillableShopsWithUsage, isRepeated: true };
        runsOverAll.add(period.from);
      }
      // "named twice is named once"; "Named shops that cannot be billed are never dropped".
      const manifest = named === undefined ? shopIds.filter(isBillable) : [...new Set(named)];
      const shops = manifest.map((shopId) => decide(shopId, period, cut, isDry ? past : null));
      return { shops, unbillableShopsWithUsage, isRepeated: false };
    },

    carryOut: (command: Command): CommandResult => carryOut(command, book),
  };

  /** @param shown what a dry run looks back to; null: it is a live one */
  function decide(shopId: string, period: Period, cut: Cut, shown: Book | null): ShopOutcome {
    const isDry = shown !== null;
    const month = monthOf(period.from);
    const nothing = { shopId, bill: null, billNumber: null };
    const why = whyNotBillable(viewOf(shopId, throughOne(cut)), period);
    if (why !== null) return { ...nothing, outcome: 'skipped', reason: why };
    if (!isDry && isSettled(book, shopId, month)) return { ...nothing, outcome: 'skipped', reason: 'already_settled' };
    try {
      const bill = billOf({ shopId, period, cut, book: shown ?? book, told, viewOf, isBot });
      // "in a dry run calculated stands for invoiced and nothing is held".
      const isPositive = bill.outcome === 'invoiced' || bill.outcome === 'held';
      if (isDry) return { ...nothing, outcome: isPositive ? 'calculated' : bill.outcome, reason: null, bill };
      const { number } = book.add({ ...bill, shopId, month, cut });
      return { shopId, outcome: bill.outcome, reason: null, bill, billNumber: number };
    } catch (error) {
      if (error instanceof BillFailure) return { ...nothing, outcome: 'failed', reason: error.code };
      throw error;
    }
  }
}

export type Oracle = ReturnType<typeof createOracle>;
