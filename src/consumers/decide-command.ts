/** One command and the bill it is about → what is to be recorded and published. */
import type { BillState, DecisionKind, NewDecision } from '../adapters/register.ts';
import type { CommandDecision, StandingBill } from '../domain/bill-command.ts';
import { CREDIT_NOTE_PREFIX, issueCreditNote } from '../domain/credit-note.ts';
import { rejectHold, releaseHold } from '../domain/hold.ts';
import { invoiceSeries } from '../domain/invoice.ts';
import { voidInvoice } from '../domain/void-invoice.ts';
import { BillingError } from '../errors.ts';
import { decidedEvents } from './decided-events.ts';
import { shopEventEncoder, type EncodeDependencies } from './encode-events.ts';
import type { CommandRequest } from './shop-request.ts';

export interface DecideCommandDependencies extends EncodeDependencies {
  readonly invoicePrefix: string;
}

/**
 * Null when the command was carried out before.
 *
 * @param now epoch milliseconds
 * @throws RuleError when it cannot be: HOLD_NOT_FOUND, HOLD_ALREADY_DECIDED, INVOICE_NOT_FOUND, INVOICE_VOIDED,
 *   INVOICE_CREDITED, CREDIT_EXCEEDS_INVOICE, REQUEST_INVALID
 */
export async function decideCommand(
  dependencies: DecideCommandDependencies,
  request: CommandRequest,
  state: BillState,
  now: number,
): Promise<NewDecision | null> {
  const standing = await standingBill(dependencies, state);
  const decided = decide(dependencies, request, standing, state, now);
  if (decided === null) return null;
  const { kind, decision } = decided;
  return toNewDecision(dependencies, request, standing!, state, kind, decision, now);
}

async function standingBill({ codec }: EncodeDependencies, state: BillState): Promise<StandingBill | null> {
  if (state.bill === null || state.decision === null) return null;
  const events = await decidedEvents(codec, state.bill);
  const bill = events.find((event) => event.type === 'ShopBillCalculated')?.data;
  if (bill === undefined) {
    throw new BillingError('REGISTER_CONFLICT', `The register has no events of bill ${state.bill.billId}.`);
  }
  const { outcome, invoiceId, invoiceNumber } = state.decision;
  const { creditedMinor, creditNoteIds } = state;
  return { bill, outcome, invoiceId, invoiceNumber, creditedMinor, creditNoteIds };
}

function decide(
  { deterministicId }: EncodeDependencies,
  { command, causationId: requestId }: CommandRequest,
  standing: StandingBill | null,
  { sequence, invoicesIssued }: BillState,
  now: number,
): { readonly kind: DecisionKind; readonly decision: CommandDecision } | null {
  const context = { sequence, now, deterministicId };
  const of = (kind: DecisionKind, decision: CommandDecision | null) => (decision === null ? null : { kind, decision });
  const { type, data } = command;
  switch (type) {
    case 'HoldReleaseRequested':
      return of('release', releaseHold(data, standing, { ...context, invoicesIssued }));
    case 'HoldRejectRequested':
      return of('reject', rejectHold(data, standing, context));
    case 'InvoiceVoidRequested':
      return of('void', voidInvoice(data, standing, context));
    case 'CreditNoteRequested':
      return of('credit-note', issueCreditNote(data, standing, { ...context, requestId }));
    default:
      return type satisfies never;
  }
}

function toNewDecision(
  { invoicePrefix, ...encoding }: DecideCommandDependencies,
  request: CommandRequest,
  { bill, ...standing }: StandingBill,
  { sequence }: BillState,
  kind: DecisionKind,
  { outcome, events, numbered, creditsReturned }: CommandDecision,
  now: number,
): NewDecision {
  const { topic, partition, offset } = request.record;
  const encoder = shopEventEncoder(encoding, { request, dryRun: false, now });
  const isNote = numbered?.type === 'CreditNoteIssued';
  return {
    runId: bill.runId,
    shopId: bill.shopId,
    kind,
    periodStartDate: bill.period.startDate,
    expectedSequence: sequence,
    outcome,
    source: { topic, partition, offset },
    pins: null,
    decidedAt: now,
    billId: bill.billId,
    invoiceId: numbered?.data.invoiceId ?? standing.invoiceId,
    invoiceNumber: standing.invoiceNumber,
    creditNoteId: isNote ? numbered.data.creditNoteId : null,
    currency: bill.currency,
    totalMinor: isNote ? numbered.data.amountMinor : bill.totalMinor,
    creditsUsed: creditsReturned.map(({ billId, amountMinor }) => ({ billId, amountMinor: -amountMinor })),
    knowsCancelled: false,
    records: events.map(encoder.encode),
    numbered: numbered && {
      series: invoiceSeries(isNote ? CREDIT_NOTE_PREFIX : invoicePrefix, now, bill.period.timeZone),
      finish: encoder.encodeOpen(numbered),
    },
  };
}
