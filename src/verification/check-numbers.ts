/** Numbers of invoices and credit notes: from 1 to the last, each once, on the log, and the series beside them. */
import type { Pool } from '../adapters/postgres.ts';
import type { DecisionOnLog } from './history.ts';
import { text, type Findings } from './report.ts';
import { allRows } from './stored.ts';

/** Ordinals met so far, by series. */
export type Numbers = Map<string, Set<number>>;

export function noteNumbers(findings: Findings, numbers: Numbers, decisions: readonly DecisionOnLog[]): void {
  for (const { invoice, note, place } of decisions) {
    const number = invoice?.invoiceNumber ?? note?.creditNoteNumber;
    if (number === undefined) continue;
    findings.examined('numbers');
    const dash = number.lastIndexOf('-');
    const series = number.slice(0, dash);
    const ordinal = Number(number.slice(dash + 1));
    const known = numbers.get(series) ?? new Set();
    numbers.set(series, known);
    if (known.has(ordinal)) findings.add('numbers', place, `${number} was issued twice`);
    known.add(ordinal);
  }
}

/** A number that a process took and could not publish yet is a gap until it does. */
export async function checkNumbers(findings: Findings, pool: Pool, numbers: Numbers): Promise<void> {
  const rows = await allRows(pool, 'select series, last_number from invoice_series');
  const last = new Map(rows.map((row) => [text(row['series']), Number(row['last_number'])]));
  for (const [series, known] of numbers) {
    const highest = [...known].reduce((a, b) => Math.max(a, b), 0);
    const missing: number[] = [];
    for (let ordinal = 1; ordinal <= highest && missing.length < 10; ordinal += 1) {
      if (!known.has(ordinal)) missing.push(ordinal);
    }
    if (missing.length > 0) {
      findings.add('numbers', `series ${series}`, `the log has no ${missing.join(', ')}, of ${highest} issued`);
    }
    findings.expectSame('numbers', `table invoice_series, series ${series}`, 'last_number', highest, last.get(series));
  }
  for (const [series, number] of last) {
    if (!numbers.has(series) && number > 0) {
      findings.add('numbers', `table invoice_series, series ${series}`, 'the log has no number of it');
    }
  }
}
