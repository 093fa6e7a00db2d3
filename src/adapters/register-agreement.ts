/** Whether register and log tell the same of a decision. Used by every register when it folds the log. */
import { BillingError } from '../errors.ts';
import type { OutRecord } from './log.ts';
import type { LoggedDecision, RegisteredDecision } from './register.ts';

/** The events among the records of a decision: what the log tells of it, but for divergences, which decide nothing. */
export function eventsOf(records: readonly OutRecord[]): OutRecord[] {
  return records.filter(({ topic, headers }) => topic === 'events' && headers['ce_type'] !== 'ShopBillDiverged');
}

/** Whether two records are the same on the log. */
export function isSameRecord(a: OutRecord, b: OutRecord): boolean {
  const names = Object.keys(a.headers);
  return (
    a.key === b.key &&
    (a.value === null || b.value === null ? a.value === b.value : a.value.equals(b.value)) &&
    names.length === Object.keys(b.headers).length &&
    names.every((name) => a.headers[name] === b.headers[name])
  );
}

/** @throws BillingError REGISTER_CONFLICT when the register's bytes are not those on the log */
export function requireAgreement(recorded: RegisteredDecision, logged: LoggedDecision): void {
  const ours = eventsOf(recorded.records);
  const same =
    ours.length === logged.records.length &&
    ours.every((record, index) => isSameRecord(record, logged.records[index]!));
  if (!same) throw registerConflict(logged);
}

export const registerConflict = ({
  shopId,
  shopSequence,
  runId,
}: Pick<LoggedDecision, 'shopId' | 'shopSequence' | 'runId'>) =>
  new BillingError(
    'REGISTER_CONFLICT',
    `Register and log tell different things of decision ${shopSequence} about shop ${shopId} (run ${runId}).`,
  );
