/** Every bill, worked out anew from the facts within its pins. */
import type { SeenDecision } from './decisions.ts';
import { visible } from './check-runs.ts';
import { expectedBill } from './expected-bill.ts';
import type { Bill, Observed, RunStarted } from './observed.ts';

export function checkBills(observed: Observed, decisions: readonly SeenDecision[]): string[] {
  const runs = new Map(
    observed
      .of('run-events')
      .flatMap(({ message }) => (message.type === 'BillingRunStarted' ? [[message.data.runId, message.data]] : [])),
  );
  return decisions.flatMap((decision) => {
    const run = runs.get(decision.runId);
    const name = `${decision.shopId} at ${decision.sequence} in run ${decision.runId}`;
    const problems = run ? problemsOf(observed, run, decision) : ['its run never started'];
    return problems.map((problem) => `${name}: ${problem}`);
  });
}

function problemsOf(observed: Observed, run: RunStarted, decision: SeenDecision): string[] {
  const { bill, invoice, skipReason, failureCode, shopId } = decision;
  if (failureCode !== null) return [`failed with ${failureCode}`];
  const expected = expectedBill(visible(observed.facts, bill?.pins ?? run.pins), shopId, decision);
  if (skipReason === 'already_settled') return run.dryRun ? ['a dry run found it settled'] : [];
  if (skipReason !== null) {
    return 'skipped' in expected && expected.skipped === skipReason ? [] : [`skipped as ${skipReason}`];
  }
  if (bill === null) return ['neither billed nor skipped'];
  if ('skipped' in expected) return [`billed, where ${expected.skipped} was to be said`];
  return [
    ...differences(bill, {
      attributed: [bill.metrics.attributedMinor, expected.attributed],
      refunded: [bill.metrics.refundedMinor, expected.refunded],
      subtotal: [bill.subtotalMinor, expected.subtotal],
      discount: [bill.discountMinor, expected.discount],
      tax: [bill.taxMinor, expected.tax],
      total: [bill.totalMinor, expected.due - bill.creditMinor],
      lines: [bill.lines.reduce((sum, { amountMinor }) => sum + amountMinor, 0n), expected.subtotal],
    }),
    ...outcomeProblem(bill, run.dryRun),
    ...invoiceProblem(bill, invoice),
  ];
}

function differences(_: Bill, amounts: Readonly<Record<string, readonly [bigint, bigint]>>): string[] {
  return Object.entries(amounts).flatMap(([name, [told, due]]) =>
    told === due ? [] : [`${name} is ${told}, not ${due}`],
  );
}

function outcomeProblem({ outcome, totalMinor, creditMinor }: Bill, dryRun: boolean): string[] {
  const beforeCredit = totalMinor + creditMinor;
  const due = beforeCredit < 0n ? 'credit' : totalMinor === 0n ? 'zero' : dryRun ? 'calculated' : 'invoiced';
  return outcome === due ? [] : [`its outcome is ${outcome}, not ${due}`];
}

function invoiceProblem(bill: Bill, invoice: SeenDecision['invoice']): string[] {
  if (bill.outcome !== 'invoiced') return invoice === null ? [] : [`an invoice of a bill that is ${bill.outcome}`];
  if (invoice === null) return ['no invoice'];
  const isEqual = invoice.billId === bill.billId && invoice.totalMinor === bill.totalMinor;
  return isEqual ? [] : ['its invoice is of another bill'];
}
