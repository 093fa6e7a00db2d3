/**
 * A decision made again from the facts at its own pins, beside the one that stands: replay compares, and alters
 * nothing. See docs/decisions/0006.
 */
import type { Codec } from '../adapters/codec.ts';
import type { Ledger } from '../adapters/ledger.ts';
import type { OutRecord } from '../adapters/log.ts';
import type { Logger } from '../adapters/logger.ts';
import type { RegisteredDecision, Register } from '../adapters/register.ts';
import type { FrozenRun, Runs } from '../adapters/runs.ts';
import { comparableText, NO_ADJUSTMENTS } from '../domain/adjustment.ts';
import type { CarriedCredit } from '../domain/carried-credit.ts';
import type { ShopBillCalculated, ShopEvent } from '../domain/events.ts';
import { eventIdName } from '../domain/ids.ts';
import { positionText, type Pin } from '../domain/log-position.ts';
import { RULES_VERSION } from '../domain/shop-bill.ts';
import { decideShop, type ShopDecision } from './decide-shop.ts';
import { decidedEvents } from './decided-events.ts';
import { loadShopFacts, type DecisionState, type LoadedFacts } from './load-shop-facts.ts';
import { pastBefore } from './past-before.ts';
import type { ShopRequest } from './shop-request.ts';
import { withAdjustments } from './with-adjustments.ts';

export interface Decided {
  readonly request: ShopRequest;
  readonly decision: RegisteredDecision;
}

interface RecomputeDependencies {
  readonly codec: Codec;
  readonly ledger: Ledger;
  readonly register: Pick<Register, 'loadDecisions'>;
  readonly runs: Pick<Runs, 'find'>;
  readonly logger: Logger;
  readonly deterministicId: (name: string) => string;
}

/** A decision that was made again, beside what it was. */
export interface Recomputed extends Decided {
  readonly before: readonly ShopEvent[];
  readonly again: ShopDecision;
  /** The events as of the decision made again, its invoice under the number that was given. */
  readonly after: readonly ShopEvent[];
  /** Both as text that is equal when the events are. */
  readonly sides: { readonly decided: string; readonly recomputed: string };
}

/** Returns what is to be published: nothing where both agree, else one ShopBillDiverged a shop. */
export async function recompute(
  dependencies: RecomputeDependencies,
  run: FrozenRun,
  decided: readonly Decided[],
): Promise<OutRecord[]> {
  const all = await recomputeAll(dependencies, run, decided);
  return all
    .filter(({ sides }) => sides.decided !== sides.recomputed)
    .map((one) => divergence(dependencies, run, one, one.again, one.sides));
}

/** @param factPins instead of those the decisions looked at: what they would be if the facts up to there had been known */
export async function recomputeAll(
  dependencies: RecomputeDependencies,
  run: FrozenRun,
  decided: readonly Decided[],
  factPins: readonly Pin[] | null = null,
): Promise<Recomputed[]> {
  const all: Recomputed[] = [];
  for (const [pins, group] of byPins(run, decided)) {
    const standing = await Promise.all(group.map(({ decision }) => eventsBefore(dependencies, decision)));
    const states = group.map(({ decision }, index) => stateBefore(decision, standing[index]!));
    const shopIds = group.map(({ decision }) => decision.shopId);
    const { ledger } = dependencies;
    const seen = await loadShopFacts({ ledger, shopIds, states, period: run.period, pins: factPins ?? pins });
    for (const [index, { request, decision }] of group.entries()) {
      const now = decision.decidedAt;
      const [state, facts, before] = [states[index]!, seen[index]!, standing[index]!];
      const { pins: ownPins } = decision;
      const loaded = state.cancelled ? null : await completed(dependencies, run, decision, { pins, facts, before });
      const again = decideShop({ ...dependencies, run, request, loaded, state, pins: ownPins, now });
      const after = eventsOf(again, before);
      const sides = { decided: comparableText(before), recomputed: comparableText(after) };
      all.push({ request, decision, before, again, after, sides });
    }
  }
  return all;
}

/** A bill tells what it adjusted; a failure does not, and may have come of looking for it: it is looked for again. */
async function completed(
  dependencies: RecomputeDependencies,
  run: FrozenRun,
  { shopSequence, decidedAt }: RegisteredDecision,
  { pins, facts, before }: { pins: readonly Pin[]; facts: LoadedFacts; before: readonly ShopEvent[] },
): Promise<LoadedFacts> {
  if (!before.some(({ type }) => type === 'ShopBillFailed')) return facts;
  const register = pastBefore(dependencies.register, () => shopSequence);
  const then = { ...dependencies, register, clock: { now: () => decidedAt } };
  const [found] = await withAdjustments(then, run, pins, [facts]);
  return found!;
}

/** Decisions that looked at the same pins are loaded together: nearly always all of them at those of the run. */
function byPins(run: FrozenRun, decided: readonly Decided[]): Map<readonly Pin[], Decided[]> {
  const groups = new Map<readonly Pin[], Decided[]>();
  for (const one of decided) {
    const pins = one.decision.pins ?? run.pins;
    groups.set(pins, [...(groups.get(pins) ?? []), one]);
  }
  return groups;
}

function divergence(
  { codec, logger, deterministicId }: RecomputeDependencies,
  run: FrozenRun,
  { request, decision }: Decided,
  again: ShopDecision,
  sides: { decided: string; recomputed: string },
): OutRecord {
  const { runId, shopId, shopSequence } = decision;
  logger.error({ correlationId: runId, shopId }, 'a recalculation at the stored pins differs from what was decided');
  const data = {
    runId,
    shopId,
    shopSequence,
    dryRun: run.dryRun,
    period: run.period,
    decidedOutcome: decision.outcome,
    recomputedOutcome: again.outcome,
    ...sides,
    rulesVersion: RULES_VERSION,
    detectedAt: decision.decidedAt,
  };
  const id = deterministicId(eventIdName({ shopId, shopSequence, type: 'ShopBillDiverged' }));
  const requestPosition = positionText(request.record);
  const envelope = { id, correlationId: runId, causationId: request.causationId, time: decision.decidedAt };
  return codec.encode('events', shopId, 'ShopBillDiverged', data, { ...envelope, requestPosition });
}

/** What was decided; past bills that were found not to be reproduced decide nothing about this one. */
async function eventsBefore({ codec }: RecomputeDependencies, decision: RegisteredDecision): Promise<ShopEvent[]> {
  return (await decidedEvents(codec, decision)).filter(({ type }) => type !== 'ShopBillDiverged');
}

/** What the decision looked at besides the ledger, taken from what it published. */
function stateBefore({ shopSequence }: RegisteredDecision, events: readonly ShopEvent[]): DecisionState {
  const skipped = events.find((event) => event.type === 'ShopBillSkipped')?.data;
  const bill = events.find((event) => event.type === 'ShopBillCalculated')?.data;
  return {
    sequence: shopSequence - 1,
    settledByRunId: skipped?.settledByRunId ?? null,
    invoicesIssued: (invoiceOf(events)?.ordinal ?? 1) - 1,
    credits: bill === undefined ? [] : creditsUsedBy(bill),
    // What came late since is for other bills, too.
    adjusted: {
      ...NO_ADJUSTMENTS,
      ...(bill && { adjustments: bill.adjustments, unadjustedFacts: bill.unadjustedFacts }),
    },
    cancelled: skipped?.reason === 'run_cancelled',
  };
}

/** What the bill used is what there is for it: today's credits are for other bills. */
const creditsUsedBy = ({ currency, creditsApplied }: ShopBillCalculated): CarriedCredit[] =>
  creditsApplied.map(({ billId, amountMinor }) => ({ billId, currency, remainingMinor: amountMinor }));

const invoiceOf = (events: readonly ShopEvent[]) => events.find((event) => event.type === 'InvoiceCreated')?.data;

function eventsOf(decision: ShopDecision, standing: readonly ShopEvent[]): ShopEvent[] {
  const events = decision.events.map((event) => withDigestOf(event, standing));
  if (decision.invoice === null) return events;
  const invoiceNumber = invoiceOf(standing)?.invoiceNumber ?? '';
  return [...events, { type: 'InvoiceCreated', data: { ...decision.invoice, invoiceNumber } }];
}

/** Bills were made without a digest before there was one: that is no difference. */
function withDigestOf(event: ShopEvent, standing: readonly ShopEvent[]): ShopEvent {
  if (event.type !== 'ShopBillCalculated') return event;
  const isDigested = standing.some((one) => one.type === 'ShopBillCalculated' && one.data.inputsDigest !== '');
  return isDigested ? event : { ...event, data: { ...event.data, inputsDigest: '' } };
}
