/**
 * A period decided again beside a running system: every decision of its runs from the facts at its own pins, and from
 * those there are now. Reads the log by place, in no consumer group, and publishes and records nothing. See
 * docs/replay.md.
 */
import type { Codec } from '../adapters/codec.ts';
import type { Ledger } from '../adapters/ledger.ts';
import type { Log, LogRecord } from '../adapters/log.ts';
import type { Logger } from '../adapters/logger.ts';
import { readRecords, type RecordPlace } from '../adapters/read-records.ts';
import { SETTLING_OUTCOMES, type RegisteredDecision, type Register } from '../adapters/register.ts';
import type { FrozenRun, Runs } from '../adapters/runs.ts';
import type { Outcome } from '../domain/events.ts';
import { BillingError, type ErrorCode } from '../errors.ts';
import {
  causeAtCurrentPins,
  causeAtStoredPins,
  changedFields,
  type ChangedField,
  type DifferenceCause,
} from './compare-decisions.ts';
import { decidedEvents } from './decided-events.ts';
import { recomputeAll, type Decided } from './recompute.ts';
import { toShopRequest, type BillRequest } from './shop-request.ts';

export interface ReplayPeriodDependencies {
  readonly log: Pick<Log, 'read'>;
  readonly codec: Codec;
  readonly ledger: Ledger;
  readonly register: Pick<Register, 'billsOfPeriod' | 'load' | 'loadDecisions'>;
  readonly runs: Pick<Runs, 'find' | 'ofPeriod'>;
  readonly logger: Logger;
  readonly deterministicId: (name: string) => string;
}

export interface ReplayDifference {
  readonly runId: string;
  readonly shopId: string;
  readonly shopSequence: number;
  /**
   * stored: at its own pins, where nothing may differ; it stands all the same. current: what it would be today; late
   * facts and corrections are what later bills adjust.
   */
  readonly pins: 'stored' | 'current';
  readonly cause: DifferenceCause;
  readonly decidedOutcome: Outcome;
  readonly recomputedOutcome: Outcome;
  readonly fields: readonly ChangedField[];
}

export interface ReplayProgress {
  /** Decisions made again so far. */
  readonly decisions: number;
}

const DECISIONS_AT_ONCE = 500;

/** @throws BillingError REGISTER_CONFLICT when a decision names a run that was never planned */
export async function* replayPeriod(
  dependencies: ReplayPeriodDependencies,
  periodStartDate: string,
  { signal }: { signal?: AbortSignal } = {},
): AsyncIterable<ReplayProgress & { readonly differences: readonly ReplayDifference[] }> {
  const { register, runs } = dependencies;
  const planned = new Map((await runs.ofPeriod(periodStartDate)).map((run) => [run.runId, run]));
  let decisions = 0;
  let after: RegisteredDecision | null = null;
  for (;;) {
    signal?.throwIfAborted();
    const page: RegisteredDecision[] = await register.billsOfPeriod({
      periodStartDate,
      after,
      limit: DECISIONS_AT_ONCE,
    });
    if (page.length === 0) return;
    const differences: ReplayDifference[] = [];
    for (const [runId, ofRun] of Map.groupBy(page, (decision) => decision.runId)) {
      const run = planned.get(runId);
      if (run === undefined) {
        throw new BillingError(
          'REGISTER_CONFLICT',
          `The register has decisions of run ${runId}, which is not planned.`,
        );
      }
      differences.push(...(await replayRun(dependencies, run, ofRun)));
    }
    decisions += page.length;
    after = page.at(-1)!;
    yield { decisions, differences: differences.sort(inOrder) };
  }
}

async function replayRun(
  dependencies: ReplayPeriodDependencies,
  run: FrozenRun,
  decisions: readonly RegisteredDecision[],
): Promise<ReplayDifference[]> {
  const decided = await withRequests(dependencies, decisions);
  const atStored = await recomputeAll(dependencies, run, decided);
  const standing = await onlyStanding(dependencies, run, decided);
  const atCurrent = await recomputeAll(dependencies, run, standing, await dependencies.ledger.positions());
  const storedOf = new Map(atStored.map((one) => [one.decision, one]));
  return [
    ...atStored
      .filter(({ sides }) => sides.decided !== sides.recomputed)
      .map(({ decision, again, before, after }) => ({
        ...{ ...nameOf(decision), pins: 'stored' as const, cause: causeAtStoredPins(before, after) },
        ...{ decidedOutcome: decision.outcome, recomputedOutcome: again.outcome },
        fields: changedFields(before, after),
      })),
    ...atCurrent.flatMap(({ decision, again, after }): ReplayDifference[] => {
      const stored = storedOf.get(decision)!;
      const fields = changedFields(stored.after, after);
      if (fields.length === 0) return [];
      const outcomes = { decidedOutcome: decision.outcome, recomputedOutcome: again.outcome };
      const cause = causeAtCurrentPins(stored.after, after);
      return [{ ...nameOf(decision), pins: 'current', cause, ...outcomes, fields }];
    }),
  ];
}

/** Only what is owed can be owed otherwise: bills that were rejected or voided are not, and what failed is no bill. */
async function onlyStanding(
  { register }: ReplayPeriodDependencies,
  { runId, period }: FrozenRun,
  decided: readonly Decided[],
): Promise<Decided[]> {
  const states = await register.load(
    decided.map(({ decision: { shopId, source } }) => ({ runId, shopId, periodStartDate: period.startDate, source })),
  );
  return decided.filter(({ decision }, index) => {
    const outcome = states[index]!.decision?.outcome;
    return (
      SETTLING_OUTCOMES.includes(decision.outcome) &&
      outcome !== undefined &&
      outcome !== 'rejected' &&
      SETTLING_OUTCOMES.includes(outcome)
    );
  });
}

async function withRequests(
  { log, codec }: ReplayPeriodDependencies,
  decisions: readonly RegisteredDecision[],
): Promise<Decided[]> {
  const records = await readRecords(
    log,
    decisions.map(({ source }) => source as RecordPlace),
  );
  const found = records.filter((record): record is LogRecord => record !== null);
  const requests = new Map((await codec.decode(found)).map((one) => [one.record, toShopRequest(one)]));
  return Promise.all(
    decisions.map(async (decision, index) => {
      const record = records[index];
      const request = record ? requests.get(record) : undefined;
      return { decision, request: request ?? (await requestOf(codec, decision)) };
    }),
  );
}

/** A request that its topic no longer keeps, as far as its decision tells of it. */
async function requestOf(codec: Codec, decision: RegisteredDecision): Promise<BillRequest> {
  const { runId, shopId, source } = decision;
  const record = { ...(source as RecordPlace), timestamp: 0, key: shopId, value: null, headers: {} };
  const events = decision.outcome === 'failed' ? await decidedEvents(codec, decision) : [];
  const failed = events.find((event) => event.type === 'ShopBillFailed')?.data;
  const isBroken = failed?.code === 'RECORD_UNDECODABLE' || failed?.code === 'REQUEST_INVALID';
  const failure = isBroken ? { code: failed.code as ErrorCode, message: failed.message } : null;
  return { kind: 'bill', record, causationId: '', runId, shopId, failure };
}

const nameOf = ({ runId, shopId, shopSequence }: RegisteredDecision) => ({ runId, shopId, shopSequence });

const inOrder = (a: ReplayDifference, b: ReplayDifference) =>
  a.shopId === b.shopId ? a.shopSequence - b.shopSequence : a.shopId < b.shopId ? -1 : 1;
