/** Held bills for people. */
import type { HoldJson } from '../gateway/present-hold.ts';
import { renderTable, visible, type Column } from './table.ts';

const COLUMNS: readonly Column[] = [
  { title: 'Bill' },
  { title: 'Shop', shrinks: true },
  { title: 'Domain', shrinks: true },
  { title: 'Period' },
  { title: 'Total', align: 'right' },
  { title: 'Currency' },
  { title: 'Suspicion' },
  { title: 'Because of', shrinks: true },
];

export function holdTable(holds: readonly HoldJson[], width: number | null): string {
  return renderTable({
    columns: COLUMNS,
    rows: holds.map((hold) => [
      hold.bill_id,
      hold.shop_id,
      hold.shop_domain,
      hold.period.start_date.slice(0, 7),
      hold.total,
      hold.currency,
      hold.fraud_level,
      checksOf(hold),
    ]),
    width,
  });
}

export function renderHold(hold: HoldJson): string {
  const { decision } = hold;
  const rows: readonly (readonly [string, string])[] = [
    ['Bill', hold.bill_id],
    ['Shop', `${hold.shop_id} (${hold.shop_domain})`],
    ['Period', `${hold.period.start_date} to ${hold.period.end_date}`],
    ['Total', `${hold.total} ${hold.currency}`],
    ['Suspicion', `${hold.fraud_level ?? 'none'}: ${checksOf(hold)}`],
    ['Held at', hold.held_at],
    ['Run', hold.run_id],
    ['State', decision === null ? 'waits: billing holds release or reject' : describe(decision)],
  ];
  return rows.map(([name, value]) => `${name.padEnd(11)}${visible(value)}\n`).join('');
}

/** "Released: invoice INV-2026-000007 of 1234.50 USD to s1 (s1.example)." */
export function decidedSentence({ decision, total, currency, shop_id, shop_domain }: HoldJson): string {
  const shop = visible(`${shop_id} (${shop_domain})`);
  const by = `by ${visible(decision?.actor ?? 'nobody named')}`;
  return decision?.action === 'released'
    ? `Released ${by}: invoice ${decision.invoice_number ?? ''} of ${total} ${currency} to ${shop}\n`
    : `Rejected ${by}: the bill of ${total} ${currency} is not sent to ${shop}\n`;
}

function describe({ action, actor, decided_at, reason, invoice_number }: NonNullable<HoldJson['decision']>): string {
  const invoice = invoice_number === null ? '' : ` as ${invoice_number}`;
  return `${action}${invoice} at ${decided_at} by ${actor ?? 'nobody named'}: ${reason}`;
}

function checksOf({ fraud_codes }: HoldJson): string {
  return fraud_codes.map((code) => code.replaceAll('_', ' ')).join(', ');
}
