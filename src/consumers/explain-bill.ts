/**
 * What a shop was billed for a period, what became of it, and why: the decision as it stands in the register, and its
 * derivation from the ledger at the pins it was made at. Looks on only: nothing is published or recorded.
 */
import type { Codec } from '../adapters/codec.ts';
import type { Ledger } from '../adapters/ledger.ts';
import type { Logger } from '../adapters/logger.ts';
import type { LogRecord } from '../adapters/log.ts';
import { SETTLING_OUTCOMES, type Register, type RegisteredDecision } from '../adapters/register.ts';
import type { FrozenRun, Runs } from '../adapters/runs.ts';
import { deriveBill, type Derivation } from '../domain/derivation.ts';
import { examineShop } from '../domain/eligibility.ts';
import type { ShopBillCalculated, ShopEvent } from '../domain/events.ts';
import { positionText, type Pin } from '../domain/log-position.ts';
import { RULES_VERSION } from '../domain/shop-bill.ts';
import { usageQuery } from '../domain/usage-query.ts';
import { BillingError } from '../errors.ts';
import { decidedEvents } from './decided-events.ts';
import { loadShopFacts } from './load-shop-facts.ts';
import { recompute } from './recompute.ts';

export interface ExplainDependencies {
  readonly codec: Codec;
  readonly ledger: Ledger;
  readonly register: Pick<Register, 'decisionsOf' | 'loadDecisions'>;
  readonly runs: Pick<Runs, 'find'>;
  readonly logger: Logger;
  readonly deterministicId: (name: string) => string;
}

export interface ExplainedDecision {
  readonly decision: RegisteredDecision;
  readonly events: readonly ShopEvent[];
}

/** Whether the same program comes to the same bill again; null where no bill was made. */
export type Reproduction =
  | { readonly reproduced: true; readonly rulesVersion: number }
  | {
      readonly reproduced: false;
      readonly rulesVersion: number;
      readonly why: string;
      /** Both sides as JSON; null where there is no other side. */
      readonly decided: string | null;
      readonly recomputed: string | null;
    };

export interface BillExplained {
  readonly shopId: string;
  readonly run: FrozenRun;
  /** Everything that was decided about the shop and period, in that order. */
  readonly decisions: readonly ExplainedDecision[];
  /** The one that is explained: what settles the period, else the last. */
  readonly explained: ExplainedDecision;
  /** What became of it. */
  readonly standing: RegisteredDecision;
  /** Null: it was skipped, or failed. */
  readonly bill: ShopBillCalculated | null;
  /** At which the facts were looked at. */
  readonly pins: readonly Pin[];
  readonly reproduction: Reproduction | null;
  /** Null without a bill, and where the bill is not reproduced from the ledger. */
  readonly derivation: Derivation | null;
}

/** @throws BillingError NOT_FOUND when nothing was decided about the shop and period */
export async function explainBill(
  dependencies: ExplainDependencies,
  { shopId, periodStartDate }: { readonly shopId: string; readonly periodStartDate: string },
): Promise<BillExplained> {
  const { codec, register, runs } = dependencies;
  const rows = await register.decisionsOf({ shopId, periodStartDate });
  const standing = standingOf(rows);
  if (standing === null) {
    const month = periodStartDate.slice(0, 7);
    throw new BillingError(
      'NOT_FOUND',
      `Nothing was decided about shop ${JSON.stringify(shopId)} for ${month}: "billing test ${shopId} --period ${month}" shows what its bill would be.`,
    );
  }
  const decisions = await Promise.all(
    rows.map(async (decision) => ({ decision, events: await decidedEvents(codec, decision) })),
  );
  const explained = decisions.findLast(
    ({ decision }) => decision.kind === 'bill' && decision.runId === standing.runId,
  )!;
  const run = await runs.find(standing.runId);
  if (run === null) {
    throw new BillingError(
      'REGISTER_CONFLICT',
      `The register has decisions of run ${standing.runId}, which is not planned.`,
    );
  }
  const bill = explained.events.find((event) => event.type === 'ShopBillCalculated')?.data ?? null;
  const pins = explained.decision.pins ?? run.pins;
  const found = { shopId, run, decisions, explained, standing, bill, pins };
  if (bill === null) return { ...found, reproduction: null, derivation: null };
  const again = await recomputeOne(dependencies, run, explained.decision);
  if (!again.reproduced) return { ...found, reproduction: again, derivation: null };
  try {
    return { ...found, reproduction: again, derivation: await derive(dependencies, bill, pins) };
  } catch (error) {
    const why = `its facts cannot be told one by one: ${error instanceof Error ? error.message : String(error)}`;
    const { rulesVersion } = again;
    const differs = { reproduced: false, rulesVersion, why, decided: null, recomputed: null } as const;
    return { ...found, reproduction: differs, derivation: null };
  }
}

/** What stands of the run that settles the period, else of the last one that decided anything; null without any. */
function standingOf(rows: readonly RegisteredDecision[]): RegisteredDecision | null {
  const last = new Map(rows.map((row) => [row.runId, row]));
  const standing = [...last.values()].sort((a, b) => a.shopSequence - b.shopSequence);
  const settles = standing.findLast(({ outcome }) => SETTLING_OUTCOMES.includes(outcome));
  // A run that found the period settled, or failed after a bill was voided, has less to tell than that bill.
  const withBill = standing.findLast(({ billId }) => billId !== null);
  return settles ?? withBill ?? standing.at(-1) ?? null;
}

async function recomputeOne(
  dependencies: ExplainDependencies,
  run: FrozenRun,
  decision: RegisteredDecision,
): Promise<Reproduction> {
  const { codec } = dependencies;
  const { runId, shopId, source } = decision;
  const record = { ...source, timestamp: 0, key: shopId, value: null, headers: {} } as LogRecord;
  const request = { kind: 'bill' as const, record, causationId: '', runId, shopId, failure: null };
  const [differs] = await recompute(dependencies, run, [{ request, decision }]);
  if (differs === undefined) return { reproduced: true, rulesVersion: RULES_VERSION };
  const [decoded] = await codec.decode([{ ...differs, partition: 0, offset: 0n, timestamp: decision.decidedAt }]);
  const event = decoded && 'message' in decoded ? (decoded.message as ShopEvent) : null;
  const sides = event?.type === 'ShopBillDiverged' ? event.data : { decided: null, recomputed: null };
  return {
    reproduced: false,
    rulesVersion: RULES_VERSION,
    why: `calculated again at ${describePins(decision.pins ?? run.pins)} it comes out otherwise`,
    decided: sides.decided,
    recomputed: sides.recomputed,
  };
}

const describePins = (pins: readonly Pin[]): string => `its pins (${pins.map(positionText).join(', ')})`;

async function derive(
  { ledger }: ExplainDependencies,
  { shopId, period }: ShopBillCalculated,
  pins: readonly Pin[],
): Promise<Derivation> {
  const nothingElse = { sequence: 0, settledByRunId: null, invoicesIssued: 0, credits: [], cancelled: false };
  const [loaded] = await loadShopFacts({ ledger, shopIds: [shopId], states: [nothingElse], period, pins });
  if (loaded === undefined || 'error' in loaded) {
    throw new Error('its plans cannot be read', { cause: loaded?.error });
  }
  const examined = examineShop(loaded.facts.shop, period);
  if (examined.kind === 'skip') throw new Error(`The shop is skipped: ${examined.reason}.`);
  const { windows } = usageQuery({ shopId, segments: examined.segments, period });
  // An order in no currency: every order is in another one, so all are told.
  const window = { shopId, start: windows[0]!.start, end: period.end, currency: '' };
  const [orders] = await ledger.loadOrders({ windows: [window], pins });
  return deriveBill(loaded.facts, examined, period, orders ?? []);
}
