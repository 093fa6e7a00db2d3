/**
 * The state of (run, shop), folded from events that may come in any order and more than once.
 *
 * Each part of the state keeps the newest event that speaks about it, by shop sequence and, among the events of one
 * decision, by rank. Keeping a maximum does not depend on order, so neither does the state.
 */
import type { DecidedPart, OutcomeCount, ShopResultState } from '../adapters/projection-store.ts';
import type { Outcome, ShopBillCalculated, ShopEvent } from '../domain/events.ts';

/**
 * Which of two events with the same sequence speaks last. Live, these are a bill and its invoice. A dry run takes no
 * sequence of its own, so there a failed attempt and the redrive that made the bill may share one.
 */
const RANK = { failed: 0, skipped: 1, calculated: 2, rejected: 3, invoiced: 4, voided: 5 } as const;

/** Outcomes that count as success: their amounts are in the run's totals. */
const SUCCESSFUL: ReadonlySet<Outcome> = new Set(['invoiced', 'zero', 'trial', 'credit', 'held', 'calculated']);

/** Folds one event. Returns the same state, by identity, when the event tells nothing newer. */
export function foldShopResult(state: ShopResultState | null, event: ShopEvent): ShopResultState | null {
  const { type, data } = event;
  switch (type) {
    case 'ShopBillCalculated':
      return withBill(
        decide(state, data, RANK.calculated, { outcome: calculatedOutcome(data), shopDomain: data.shopDomain }),
        data,
      );
    case 'InvoiceCreated': {
      const next = decide(state, data, RANK.invoiced, { outcome: 'invoiced', shopDomain: data.shopDomain });
      if (next.invoice !== null && next.invoice.sequence >= data.shopSequence) return next;
      const { invoiceId, invoiceNumber, shopDomain, currency, currencyExponent, totalMinor } = data;
      return {
        ...next,
        invoice: {
          sequence: data.shopSequence,
          ...{ invoiceId, invoiceNumber, shopDomain, currency, currencyExponent, totalMinor },
        },
      };
    }
    case 'ShopBillSkipped':
      return decide(state, data, RANK.skipped, {
        outcome: 'skipped',
        reason: data.reason,
        shopDomain: data.shopDomain,
      });
    case 'ShopBillFailed':
      return decide(state, data, RANK.failed, {
        outcome: 'failed',
        reason: data.code,
        error: data.message,
        shopDomain: data.shopDomain,
      });
    case 'BillHoldRejected':
      return decide(state, data, RANK.rejected, { outcome: 'rejected', reason: data.reason });
    case 'InvoiceVoided':
      return decide(state, data, RANK.voided, { outcome: 'voided', reason: data.reason });
    case 'BillHoldReleased': // held until the invoice of the release is there
    case 'FraudFlagged':
    case 'ShopBillDiverged':
    case 'CreditNoteIssued':
      return state;
    default:
      return type satisfies never;
  }
}

/** A bill to be invoiced is pending until its invoice is seen. */
function calculatedOutcome({ outcome }: ShopBillCalculated): Outcome | null {
  return outcome === 'invoiced' ? null : outcome;
}

function decide(
  state: ShopResultState | null,
  head: { readonly runId: string; readonly shopId: string; readonly shopSequence: number },
  rank: number,
  told: Pick<DecidedPart, 'outcome'> & Partial<DecidedPart>,
): ShopResultState {
  const sequence = head.shopSequence;
  const last = state?.decided;
  if (state && last && (last.sequence > sequence || (last.sequence === sequence && last.rank >= rank))) return state;
  return {
    runId: head.runId,
    shopId: head.shopId,
    decided: { reason: null, error: null, shopDomain: null, ...told, sequence, rank },
    bill: state?.bill ?? null,
    invoice: state?.invoice ?? null,
  };
}

function withBill(state: ShopResultState, data: ShopBillCalculated): ShopResultState {
  if (state.bill !== null && state.bill.sequence >= data.shopSequence) return state;
  const { shopDomain, currency, currencyExponent, totalMinor, metrics } = data;
  return {
    ...state,
    bill: {
      sequence: data.shopSequence,
      ...{ shopDomain, currency, currencyExponent, totalMinor },
      attributedMinor: metrics.attributedMinor,
      refundedMinor: metrics.refundedMinor,
    },
  };
}

/** What a shop adds to the counters of its run; null while it has no outcome. */
export function countOf(state: ShopResultState | null): OutcomeCount | null {
  if (state === null || state.decided.outcome === null) return null;
  const { runId, bill, invoice, decided } = state;
  const outcome = decided.outcome!;
  const amounts = SUCCESSFUL.has(outcome) ? (bill ?? invoice) : null;
  return {
    runId,
    outcome,
    currency: amounts?.currency ?? null,
    currencyExponent: amounts?.currencyExponent ?? null,
    shops: 1,
    revenueMinor: amounts ? (bill?.attributedMinor ?? 0n) : 0n,
    feesMinor: amounts?.totalMinor ?? 0n,
  };
}
