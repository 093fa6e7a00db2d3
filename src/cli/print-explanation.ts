/** An explained bill for people: what was decided, the bill, and how it comes about, top to bottom. */
import type { BillExplained } from '../app.ts';
import { presentExplanation, type DecisionJson } from '../gateway/present-explanation.ts';
import { renderBill } from './print-bill.ts';
import { renderDerivation } from './print-derivation.ts';
import { renderTable, visible } from './table.ts';

/** @param width columns of the terminal; null: no limit */
export function renderExplanation(explained: BillExplained, width: number | null): string {
  const { shopId, bill, derivation, run } = explained;
  const { history } = presentExplanation(explained);
  const head =
    bill === null ? `Shop     ${visible(shopId)}\nPeriod   ${run.period.startDate} to ${run.period.endDate}\n` : '';
  return [
    reproduction(explained),
    head,
    bill === null ? '' : renderBill(bill, width),
    decisions(history, width),
    derivation === null || bill === null ? '' : renderDerivation(derivation, bill, width),
  ]
    .filter((section) => section !== '')
    .join('\n');
}

function reproduction({ reproduction: again, bill }: BillExplained): string {
  if (again === null) return '';
  const versions =
    again.rulesVersion === bill?.rulesVersion
      ? ''
      : ` It was made by rules version ${bill?.rulesVersion}, this program has ${again.rulesVersion}.`;
  if (again.reproduced) return '';
  const sides =
    again.decided === null ? '' : `  decided     ${again.decided}\n  calculated  ${again.recomputed ?? 'nothing'}\n`;
  return (
    `NOT REPRODUCED  The bill below stands as it was issued, but ${again.why}.${versions}\n` +
    `${sides}  Find out why before anything else: docs/operations.md, "a bill is not reproduced".\n`
  );
}

function decisions(history: readonly DecisionJson[], width: number | null): string {
  return renderTable({
    columns: [
      { title: 'Decided' },
      { title: 'What' },
      { title: 'Outcome' },
      { title: 'Amount', align: 'right' },
      { title: 'Number' },
      { title: 'By' },
      { title: 'Reason', shrinks: true },
    ],
    rows: history.map((one) => [
      one.decided_at,
      one.kind.replaceAll('-', ' '),
      one.outcome,
      one.total === null ? null : `${one.total} ${one.currency}`,
      one.credit_note_number ?? one.invoice_number,
      one.actor,
      one.reason,
    ]),
    width,
  });
}
