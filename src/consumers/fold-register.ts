/**
 * `events` → the register: what the log tells of decisions is compared with what is recorded, and recorded where it is
 * missing. So a database that was restored, failed over or emptied catches up before anything is decided on it. See
 * docs/decisions/0008.
 */
import type { Codec } from '../adapters/codec.ts';
import type { LogFolds } from '../adapters/log-folds.ts';
import type { Log, LogRecord, OutRecord } from '../adapters/log.ts';
import type { Logger } from '../adapters/logger.ts';
import type { PublicationMarks } from '../adapters/publication-marks.ts';
import { eventsOf, isSameRecord, registerConflict } from '../adapters/register-agreement.ts';
import { type LoggedDecision, type Register } from '../adapters/register.ts';
import { inTimeOrder } from '../adapters/time-order.ts';
import type { ShopEvent } from '../domain/events.ts';
import { parsePosition, positionText, type Pin } from '../domain/log-position.ts';
import { BillingError } from '../errors.ts';
import type { TopicName } from '../topics.ts';
import { decidedEvents } from './decided-events.ts';
import {
  billNamed,
  isWhole,
  toLoggedDecision,
  type BillNamed,
  type BillTold,
  type LoggedEvent,
} from './logged-decision.ts';

export interface FoldRegisterDependencies {
  readonly log: Pick<Log, 'endOffsets' | 'read'>;
  readonly codec: Codec;
  readonly register: Pick<Register, 'fold' | 'load' | 'loadBills'>;
  readonly folds: LogFolds;
  readonly marks: Pick<PublicationMarks, 'advance'>;
  readonly logger: Logger;
  /** The consumer group whose publication marks follow: what answers a request is on the log. */
  readonly group: string;
}

/** Events read and decisions compared at once. */
const RECORDS_AT_ONCE = 1_000;
/** A place no request ever stood: those who look for bills here made no decision of their own. */
const NOWHERE = { topic: 'shop-requests', partition: 0, offset: -1n };

/** One decision of which some events were read. */
interface Gathered {
  readonly partition: number;
  readonly firstOffset: bigint;
  readonly events: LoggedEvent[];
}

/** @throws BillingError REGISTER_CONFLICT where register and log tell different things */
export async function foldRegister(dependencies: FoldRegisterDependencies, positions: readonly Pin[]): Promise<void> {
  const { log, logger } = dependencies;
  const ranges = await foldRanges(log, ['events'], positions);
  if (ranges.length === 0) return;
  const gathered = new Map<string, Gathered>();
  const seenTo = new Map(ranges.map(({ partition, from }) => [partition, from]));
  let restored = 0;
  let batch: LogRecord[] = [];
  const work = async () => {
    restored += await foldBatch(dependencies, gathered, batch);
    batch = [];
    await move(dependencies, gathered, seenTo);
  };
  for await (const record of inTimeOrder(ranges.map((range) => log.read([range])))) {
    batch.push(record);
    seenTo.set(record.partition, record.offset + 1n);
    if (batch.length >= RECORDS_AT_ONCE) await work();
  }
  for (const { partition, to } of ranges) seenTo.set(partition, to);
  await work();
  await compareParts(dependencies, gathered);
  await move(dependencies, gathered, seenTo);
  if (restored > 0) logger.warn({ restored }, 'decisions that the register lacked were restored from the log');
}

/** What of the topics was not folded yet: from the position, or the beginning, to the end of the log. */
export async function foldRanges<T extends TopicName>(
  log: Pick<Log, 'endOffsets'>,
  topics: readonly T[],
  positions: readonly Pin[],
): Promise<{ topic: T; partition: number; from: bigint; to: bigint }[]> {
  const reached = new Map(positions.map((pin) => [`${pin.topic}/${pin.partition}`, pin.offset]));
  return (await log.endOffsets(topics))
    .map(({ topic, partition, offset: to }) => ({
      ...{ topic: topic as T, partition, to },
      from: reached.get(`${topic}/${partition}`) ?? 0n,
    }))
    .filter(({ from, to }) => from < to);
}

/** Returns how many decisions were missing. */
async function foldBatch(
  dependencies: FoldRegisterDependencies,
  gathered: Map<string, Gathered>,
  records: readonly LogRecord[],
): Promise<number> {
  let restored = 0;
  let whole: LoggedDecision[] = [];
  const fold = async () => {
    const ascending = whole.sort((a, b) => a.shopSequence - b.shopSequence);
    restored += await dependencies.register.fold(ascending);
    whole = [];
    await moveMarks(dependencies, ascending);
  };
  for (const decoded of await dependencies.codec.decode(records)) {
    const { record } = decoded;
    if ('problem' in decoded) {
      throw new BillingError('REGISTER_CONFLICT', `${positionText(record)} is no event of ours: ${decoded.problem}`);
    }
    const event = decoded.message as ShopEvent;
    if (event.type === 'ShopBillDiverged') continue;
    const { shopId, shopSequence } = event.data;
    const name = `${shopSequence} ${shopId}`;
    const one = gathered.get(name) ?? { partition: record.partition, firstOffset: record.offset, events: [] };
    gathered.set(name, one);
    one.events.push({ event, record: toOutRecord(record) });
    const events = one.events.map((logged) => logged.event);
    if (!isWhole(events)) continue;
    gathered.delete(name);
    const named = billNamed(events);
    // The bill may have been read just now: then it is found where it is recorded.
    if (named !== null) await fold();
    whole.push(toLoggedDecision(one.events, named && (await findBill(dependencies, shopId, named))));
  }
  await fold();
  return restored;
}

/**
 * What is left are decisions of which the rest is not visible yet, behind a transaction that is still open; or events
 * that were published once more, without the others. These must be among those that are recorded.
 * @throws BillingError REGISTER_CONFLICT
 */
async function compareParts({ register }: FoldRegisterDependencies, gathered: Map<string, Gathered>): Promise<void> {
  for (const [name, { events }] of gathered) {
    const [{ event, record: first }] = events as [LoggedEvent];
    const source = parsePosition(first.headers['request-position'] ?? '') ?? NOWHERE;
    const { runId, shopId, period, shopSequence } = event.data;
    const [state] = await register.load([{ runId, shopId, periodStartDate: period.startDate, source }]);
    if (!state?.own) continue;
    const known = eventsOf(state.own.records);
    if (!events.every(({ record }) => known.some((one) => isSameRecord(one, record)))) {
      throw registerConflict({ runId, shopId, shopSequence });
    }
    gathered.delete(name);
  }
}

const toOutRecord = ({ topic, key, value, headers }: LogRecord): OutRecord => ({ topic, key, value, headers });

async function findBill(
  { codec, register }: FoldRegisterDependencies,
  shopId: string,
  named: NonNullable<BillNamed>,
): Promise<BillTold> {
  const [state] = await register.loadBills([{ shopId, source: NOWHERE, ...named }]);
  const events = state?.bill
    ? await decidedEvents(codec, { ...state.bill, records: eventsOf(state.bill.records) })
    : [];
  const bill = events.find((event) => event.type === 'ShopBillCalculated')?.data;
  if (bill === undefined) {
    const what = Object.values(named).join();
    throw new BillingError(
      'REGISTER_CONFLICT',
      `The log decides about ${what} of shop ${shopId}, a bill it never made.`,
    );
  }
  const { billId, currency, totalMinor, creditsApplied } = bill;
  const { invoiceId = null, invoiceNumber = null } = state!.decision ?? {};
  return { billId, currency, totalMinor, creditsApplied, invoiceId, invoiceNumber };
}

/** In a partition one request is answered after the other: what an event answers, and what is below it, is published. */
async function moveMarks({ marks, group }: FoldRegisterDependencies, decisions: readonly LoggedDecision[]) {
  const highest = new Map<string, Pin>();
  for (const { source } of decisions) {
    const place = `${source.topic}/${source.partition}`;
    if (source.offset >= (highest.get(place)?.offset ?? 0n)) highest.set(place, source);
  }
  for (const { topic, partition, offset } of highest.values()) {
    await marks.advance(group, topic as TopicName, partition, offset + 1n);
  }
}

/** Not beyond a decision of which events are still to come. */
async function move(
  { folds }: FoldRegisterDependencies,
  gathered: ReadonlyMap<string, Gathered>,
  seenTo: ReadonlyMap<number, bigint>,
): Promise<void> {
  await folds.move(
    [...seenTo].map(([partition, end]) => ({
      ...{ topic: 'events', partition },
      offset: [...gathered.values()]
        .filter((one) => one.partition === partition)
        .reduce((lowest, { firstOffset }) => (firstOffset < lowest ? firstOffset : lowest), end),
    })),
  );
}
