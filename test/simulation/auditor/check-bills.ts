/** Every bill, worked out anew from the facts within its pins. */
import type { SeenDecision } from './decisions.ts';
import type { Expectations, PastBill } from './expectations.ts';
import { grouped, type Bill, type Observed, type RunStarted } from './observed.ts';

export function checkBills(
  observed: Observed,
  expectations: Expectations,
  decisions: readonly SeenDecision[],
): string[] {
  const runs = new Map(
    observed
      .of('run-events')
      .flatMap(({ message }) => (message.type === 'BillingRunStarted' ? [[message.data.runId, message.data]] : [])),
  );
  const cancelled = new Set(
    observed
      .of('run-events')
      .flatMap(({ message }) => (message.type === 'BillingRunCancelled' ? [message.data.runId] : [])),
  );
  const live = grouped(
    decisions.filter(({ dryRun }) => !dryRun),
    ({ shopId }) => shopId,
  );
  return decisions.flatMap((decision) => {
    if (decision.kind !== 'bill') return [];
    if (decision.skipReason === 'run_cancelled' && cancelled.has(decision.runId)) return [];
    const run = runs.get(decision.runId);
    const name = `${decision.shopId} at ${decision.sequence} in run ${decision.runId}`;
    const problems = run
      ? problemsOf(expectations, run, decision, pastOf(decision, live.get(decision.shopId) ?? [], runs))
      : ['its run never started'];
    return problems.map((problem) => `${name}: ${problem}`);
  });
}

/** What had been billed when a decision was made. A dry run tells the last decision that it looked at. */
function pastOf(
  { dryRun, sequence }: SeenDecision,
  live: readonly SeenDecision[],
  runs: ReadonlyMap<string, RunStarted>,
): PastBill[] {
  const before = live
    .filter((one) => one.sequence < sequence || (dryRun && one.sequence === sequence))
    .sort((a, b) => a.sequence - b.sequence);
  const undone = new Set(before.flatMap(({ kind, billId }) => (kind === 'void' || kind === 'reject' ? [billId] : [])));
  return before.flatMap(({ bill, pins, runId }) =>
    bill === null ? [] : [{ bill, pins: pins ?? runs.get(runId)!.pins, isUndone: undone.has(bill.billId) }],
  );
}

function problemsOf(
  expectations: Expectations,
  run: RunStarted,
  decision: SeenDecision,
  past: readonly PastBill[],
): string[] {
  const { bill, invoice, skipReason, failureCode, pins, shopId, startDate } = decision;
  const expected = expectations.alone(shopId, startDate.slice(0, 7), pins ?? run.pins, past);
  const due = expected.bill;
  if (skipReason === 'already_settled') return run.dryRun ? ['a dry run found it settled'] : [];
  if (skipReason !== null || failureCode !== null) {
    return expected.reason === (skipReason ?? failureCode)
      ? []
      : [`ended as ${skipReason ?? failureCode}, where ${expected.reason ?? 'a bill'} was due`];
  }
  if (bill === null) return ['neither billed, skipped nor failed'];
  if (due === null) return [`billed, where ${expected.reason} was to be said`];
  return [
    ...differences({
      attributed: [bill.metrics.attributedMinor, due.metrics.attributed],
      refunded: [bill.metrics.refundedMinor, due.metrics.refunded],
      subtotal: [bill.subtotalMinor, due.subtotal],
      discount: [bill.discountMinor, due.discount],
      tax: [bill.taxMinor, due.tax],
      total: [bill.totalMinor, due.beforeCredit - bill.creditMinor],
      lines: [sum(bill.lines.map(({ amountMinor }) => amountMinor)), due.subtotal],
    }),
    ...(bill.fraud?.level === due.fraud.level
      ? []
      : [`its fraud level is ${bill.fraud?.level}, not ${due.fraud.level}`]),
    ...(bill.currency === due.currency ? [] : [`it is in ${bill.currency}, not in ${due.currency}`]),
    ...outcomeProblem(bill, due.outcome, expected.outcome),
    ...invoiceProblem(bill, invoice),
  ];
}

const sum = (amounts: readonly bigint[]): bigint => amounts.reduce((total, amount) => total + amount, 0n);

function differences(amounts: Readonly<Record<string, readonly [bigint, bigint]>>): string[] {
  return Object.entries(amounts).flatMap(([name, [told, due]]) =>
    told === due ? [] : [`${name} is ${told}, not ${due}`],
  );
}

/** @param dry what it would be in a dry run; without carried credit, which can only make a charge nothing */
function outcomeProblem(bill: Bill, live: string, dry: string): string[] {
  const { outcome, totalMinor, dryRun } = bill;
  const isPaidByCredit = bill.creditMinor > 0n && totalMinor === 0n;
  const due = isPaidByCredit ? 'zero' : dryRun ? dry : live;
  return outcome === due ? [] : [`its outcome is ${outcome}, not ${due}`];
}

function invoiceProblem(bill: Bill, invoice: SeenDecision['invoice']): string[] {
  if (bill.outcome !== 'invoiced') return invoice === null ? [] : [`an invoice of a bill that is ${bill.outcome}`];
  if (invoice === null) return ['no invoice'];
  const isEqual = invoice.billId === bill.billId && invoice.totalMinor === bill.totalMinor;
  return isEqual ? [] : ['its invoice is of another bill'];
}
