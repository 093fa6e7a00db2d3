/** Events of one decision, as they stand on the log → what the register holds of it. Pure. */
import type { OutRecord } from '../adapters/log.ts';
import type { LoggedDecision } from '../adapters/register.ts';
import type { CreditApplied, ShopBillCalculated, ShopEvent } from '../domain/events.ts';
import { parsePosition } from '../domain/log-position.ts';
import { BillingError } from '../errors.ts';

/** An event with the bytes it was read from. */
export interface LoggedEvent {
  readonly event: ShopEvent;
  readonly record: OutRecord;
}

/** What a command must know of the bill it is about, beyond what its own event tells. */
export interface BillTold {
  readonly billId: string;
  readonly invoiceId: string | null;
  readonly invoiceNumber: string | null;
  readonly currency: string;
  readonly totalMinor: bigint;
  readonly creditsApplied: readonly CreditApplied[];
}

/** How a command names its bill; null: the decision calculated its own, or there is none. */
export type BillNamed = { readonly billId: string } | { readonly invoiceNumber: string } | null;

/** False while events of the decision are still to come: they stand behind, in the same transaction. */
export function isWhole(events: readonly ShopEvent[]): boolean {
  const has = (type: ShopEvent['type']) => events.some((event) => event.type === type);
  const decision = events.find(({ type }) => type !== 'InvoiceCreated' && type !== 'FraudFlagged');
  if (decision === undefined) return false;
  if (decision.type === 'BillHoldReleased') return has('InvoiceCreated');
  if (decision.type !== 'ShopBillCalculated') return true;
  const { outcome, fraud } = decision.data;
  const isFlagged = fraud !== null && fraud.level !== 'none';
  return (outcome !== 'invoiced' || has('InvoiceCreated')) && (!isFlagged || has('FraudFlagged'));
}

export function billNamed(events: readonly ShopEvent[]): BillNamed {
  for (const { type, data } of events) {
    if (type === 'BillHoldReleased' || type === 'BillHoldRejected') return { billId: data.billId };
    if (type === 'InvoiceVoided' || type === 'CreditNoteIssued') return { invoiceNumber: data.invoiceNumber };
  }
  return null;
}

/**
 * @param bill the bill it is about, where `billNamed` names one
 * @throws BillingError REGISTER_CONFLICT for events that no decision publishes
 */
export function toLoggedDecision(logged: readonly LoggedEvent[], bill: BillTold | null): LoggedDecision {
  const events = logged.map(({ event }) => event);
  const [{ data: head }] = events as [ShopEvent];
  const { runId, shopId, shopSequence, period } = head;
  const invoice = events.find((event) => event.type === 'InvoiceCreated')?.data ?? null;
  const base = {
    runId,
    shopId,
    shopSequence,
    periodStartDate: period.startDate,
    source: sourceOf(logged),
    pins: null,
    billId: bill?.billId ?? null,
    invoiceId: invoice?.invoiceId ?? bill?.invoiceId ?? null,
    invoiceNumber: invoice?.invoiceNumber ?? bill?.invoiceNumber ?? null,
    issuedNumber: invoice?.invoiceNumber ?? null,
    creditNoteId: null,
    currency: bill?.currency ?? null,
    totalMinor: bill?.totalMinor ?? null,
    creditsUsed: [],
    records: logged.map(({ record }) => record),
  };
  for (const { type, data } of events) {
    switch (type) {
      case 'ShopBillCalculated':
        return { ...base, ...billed(data), kind: 'bill', outcome: data.outcome, decidedAt: data.calculatedAt };
      case 'ShopBillSkipped':
        return { ...base, pins: data.pins, kind: 'bill', outcome: 'skipped', decidedAt: data.skippedAt };
      case 'ShopBillFailed':
        return { ...base, pins: data.pins, kind: 'bill', outcome: 'failed', decidedAt: data.failedAt };
      case 'BillHoldReleased':
        return { ...base, kind: 'release', outcome: 'invoiced', decidedAt: data.releasedAt };
      case 'BillHoldRejected':
        return {
          ...base,
          creditsUsed: givenBack(bill),
          kind: 'reject',
          outcome: 'rejected',
          decidedAt: data.rejectedAt,
        };
      case 'InvoiceVoided':
        return { ...base, creditsUsed: givenBack(bill), kind: 'void', outcome: 'voided', decidedAt: data.voidedAt };
      case 'CreditNoteIssued': {
        const { creditNoteId, creditNoteNumber: issuedNumber, amountMinor: totalMinor, currency } = data;
        const note = { creditNoteId, issuedNumber, totalMinor, currency };
        return { ...base, ...note, kind: 'credit-note', outcome: 'invoiced', decidedAt: data.issuedAt };
      }
      case 'InvoiceCreated':
      case 'FraudFlagged':
      case 'ShopBillDiverged':
        break;
      default:
        return type satisfies never;
    }
  }
  throw new BillingError(
    'REGISTER_CONFLICT',
    `The log has events of decision ${shopSequence} about shop ${shopId}, but not the decision.`,
  );
}

function billed({ billId, currency, totalMinor, pins, creditsApplied }: ShopBillCalculated) {
  return { billId, currency, totalMinor, pins, creditsUsed: creditsApplied };
}

const givenBack = (bill: BillTold | null) =>
  (bill?.creditsApplied ?? []).map(({ billId, amountMinor }) => ({ billId, amountMinor: -amountMinor }));

/** Every event points back to its request. */
function sourceOf([first]: readonly LoggedEvent[]) {
  const { headers, key } = first!.record;
  const source = parsePosition(headers['request-position'] ?? '');
  if (source !== null) return source;
  throw new BillingError('REGISTER_CONFLICT', `An event about shop ${key} does not name its request.`);
}
