/** Decisions on the log ⇔ rows of the register, heads and credits, byte for byte. */
import type { LogRecord, OutRecord } from '../adapters/log.ts';
import { decodeRecords } from '../adapters/record-framing.ts';
import { SETTLING, standingOf, type DecisionOnLog } from './history.ts';
import { placeOf } from './read-log.ts';
import { text, type Findings } from './report.ts';
import type { Row } from './stored.ts';

export interface RegisterRows {
  readonly rows: readonly Row[];
  readonly head: Row | null;
  /** Rows decided at or after this, epoch milliseconds, are newer than what was read of the log. */
  readonly since: number;
}

export function checkRegister(
  findings: Findings,
  shopId: string,
  decisions: readonly DecisionOnLog[],
  { rows, head, since }: RegisterRows,
): void {
  const left = new Map(rows.map((row) => [Number(row['shop_sequence']), row]));
  const newest = Math.max(0, ...left.keys());
  findings.examined('register', decisions.length);
  const current = standingOf(decisions);
  for (const decision of decisions) {
    const { shopSequence, place } = decision;
    const row = left.get(shopSequence);
    left.delete(shopSequence);
    if (row === undefined) {
      findings.add('register', rowPlace(shopId, shopSequence), `missing: the decision stands at ${place}`);
      continue;
    }
    checkRow(findings, decision, row);
    checkBytes(findings, decision, row);
    if (newest > decisions.length) continue;
    const isCurrent = current.get(decision.runId) === decision;
    const at = rowPlace(shopId, shopSequence);
    findings.expectSame('register', at, 'current', isCurrent, row['current']);
    findings.expectSame('register', at, 'settles', isCurrent && SETTLING.includes(decision.outcome), row['settles']);
  }
  for (const [sequence, row] of left) {
    if (Number(row['decided_at_ms']) >= since) continue;
    findings.add('register', rowPlace(shopId, sequence), 'the log has no event of this decision');
  }
  checkSequences(findings, shopId, decisions, head, newest);
}

const rowPlace = (shopId: string, sequence: number) => `table bill_register, shop ${shopId}, sequence ${sequence}`;

function checkRow(findings: Findings, decision: DecisionOnLog, row: Row): void {
  const { shopId, shopSequence, bill, invoice, note, voided, hold, events } = decision;
  const source = events[0]!.record.headers['request-position'];
  const fresh = pinsOf(decision);
  const columns: Record<string, unknown> = {
    ...{ run_id: decision.runId, kind: decision.kind, outcome: decision.outcome, decided_at_ms: decision.decidedAt },
    invoice_number: invoice?.invoiceNumber ?? note?.invoiceNumber ?? voided?.invoiceNumber ?? null,
    issued_number: invoice?.invoiceNumber ?? note?.creditNoteNumber ?? null,
    invoice_id: invoice?.invoiceId ?? note?.invoiceId ?? voided?.invoiceId ?? null,
    credit_note_id: note?.creditNoteId ?? null,
    ...(bill === null ? {} : { bill_id: bill.billId, currency: bill.currency, total_minor: bill.totalMinor }),
    ...(hold === null ? {} : { bill_id: hold.billId }),
    ...(note === null ? {} : { currency: note.currency, total_minor: note.amountMinor }),
  };
  const at = rowPlace(shopId, shopSequence);
  for (const [column, value] of Object.entries(columns)) {
    findings.expectSame('register', at, column, value, row[column]);
  }
  const stood = `${text(row['source_topic'])}/${text(row['source_partition'])}/${text(row['source_offset'])}`;
  findings.expectSame('register', at, 'its request', source, stood);
  findings.expectSame('register', at, 'period_start', decision.periodStartDate, dateText(row['period_start']));
  findings.expectSame('register', at, 'pins', fresh, storedPins(row['pins']));
}

/** A driver gives dates as moments of the local day. */
function dateText(value: unknown): string {
  if (!(value instanceof Date)) return text(value);
  const two = (part: number) => String(part).padStart(2, '0');
  return `${value.getFullYear()}-${two(value.getMonth() + 1)}-${two(value.getDate())}`;
}

function pinsOf({ events }: DecisionOnLog): string | null {
  for (const { message } of events) {
    if (!('pins' in message.data) || message.data.pins === null) continue;
    return pinText(message.data.pins.map(({ topic, partition, offset }) => `${topic}/${partition}/${offset}`));
  }
  return null;
}

function storedPins(value: unknown): string | null {
  if (!Array.isArray(value)) return null;
  const pins = value as { topic: string; partition: number; offset: string }[];
  return pinText(pins.map(({ topic, partition, offset }) => `${topic}/${partition}/${offset}`));
}

const pinText = (pins: string[]): string => pins.sort().join(' ');

function checkBytes(findings: Findings, { shopId, shopSequence, events }: DecisionOnLog, row: Row): void {
  const at = rowPlace(shopId, shopSequence);
  let ours: OutRecord[];
  try {
    ours = decodeRecords(row['records'] as Buffer).filter(
      // A divergence found beside the decision is about another one.
      ({ topic, headers }) => topic === 'events' && headers['ce_type'] !== 'ShopBillDiverged',
    );
  } catch {
    findings.add('register', at, 'the column records cannot be read');
    return;
  }
  findings.expectSame('register', at, 'the number of its events', events.length, ours.length);
  for (const [index, { record }] of events.entries()) {
    const own = ours[index];
    if (own !== undefined && !isSame(own, record)) {
      findings.add('register', at, `the column records is not what stands at ${placeOf(record)}`);
    }
  }
}

function isSame(a: OutRecord, b: LogRecord): boolean {
  return (
    a.key === b.key &&
    (a.value ?? Buffer.alloc(0)).equals(b.value ?? Buffer.alloc(0)) &&
    text(a.headers) === text(b.headers)
  );
}

function checkSequences(
  findings: Findings,
  shopId: string,
  decisions: readonly DecisionOnLog[],
  head: Row | null,
  newest: number,
): void {
  findings.examined('sequences');
  for (const [index, { shopSequence, place }] of decisions.entries()) {
    const before = decisions[index - 1]?.shopSequence ?? 0;
    if (shopSequence === before + 1) continue;
    const missing = shopSequence - 1 === before + 1 ? `${before + 1}` : `${before + 1} to ${shopSequence - 1}`;
    findings.add('sequences', place, `events of decision ${missing} about shop ${shopId} are not on the log`);
  }
  const last = Math.max(newest, decisions.at(-1)?.shopSequence ?? 0);
  findings.expectSame('sequences', `table shop_heads, shop ${shopId}`, 'sequence', last, head?.['sequence'] ?? 0);
}

/** Credit granted by bills below zero, and spent by later ones that stand. @param rows of shop_credits */
export function checkCredits(
  findings: Findings,
  shopId: string,
  decisions: readonly DecisionOnLog[],
  rows: readonly Row[],
): void {
  const given = new Map<string, { amount: bigint; used: bigint; currency: string; sequence: number }>();
  const dropped = new Map([...standingOf(decisions)].filter(([, { outcome }]) => /rejected|voided/.test(outcome)));
  for (const { bill, runId, shopSequence, place } of decisions) {
    if (bill === null) continue;
    if (bill.outcome === 'credit') {
      const { billId, totalMinor, currency } = bill;
      given.set(billId, { amount: -totalMinor, used: 0n, currency, sequence: shopSequence });
    }
    for (const { billId, amountMinor } of bill.creditsApplied) {
      const credit = given.get(billId);
      if (credit === undefined || credit.currency !== bill.currency) {
        findings.add('credits', place, `spends credit of bill ${billId}, which granted none before`);
      } else if (!dropped.has(runId)) {
        credit.used += amountMinor;
        if (credit.used > credit.amount)
          findings.add('credits', place, `spends credit of bill ${billId} beyond its amount`);
      }
    }
  }
  findings.examined('credits', given.size);
  const left = new Map(rows.map((row) => [text(row['bill_id']), row]));
  for (const [billId, { amount, used, currency, sequence }] of given) {
    const at = `table shop_credits, shop ${shopId}, bill ${billId}`;
    const row = left.get(billId);
    left.delete(billId);
    if (row === undefined) {
      findings.add('credits', at, 'missing');
      continue;
    }
    findings.expectSame('credits', at, 'amount_minor', amount, row['amount_minor']);
    findings.expectSame('credits', at, 'used_minor', used, row['used_minor']);
    findings.expectSame('credits', at, 'currency', currency, row['currency']);
    findings.expectSame('credits', at, 'shop_sequence', sequence, row['shop_sequence']);
  }
  for (const billId of left.keys()) {
    findings.add('credits', `table shop_credits, shop ${shopId}, bill ${billId}`, 'no bill on the log granted it');
  }
}
