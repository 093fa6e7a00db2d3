/** What the outer shell (CLI, gateway, programmatic use) is given: everything wired, nothing started. See main.ts. */
import type { Clock } from './adapters/clock.ts';
import type { Codec } from './adapters/codec.ts';
import type { Ledger } from './adapters/ledger.ts';
import type { Log } from './adapters/log.ts';
import type { Logger } from './adapters/logger.ts';
import type { MovableClock } from './adapters/movable-clock.ts';
import type { OpenRuns } from './adapters/open-runs.ts';
import type { DeadLetterFilter, HeldBillView, InvoiceView, ReadModels } from './adapters/read-models.ts';
import type { Issuing } from './adapters/run-control.ts';
import type { Runs } from './adapters/runs.ts';
import type { Config, Role } from './config.ts';
import type { replayPeriod } from './consumers/replay-period.ts';
import type { BillExplained } from './consumers/explain-bill.ts';
import type { whatIf } from './consumers/what-if.ts';
import type { Period } from './domain/events.ts';
import type { Trigger } from './domain/requests.ts';
import type { ErrorCode } from './errors.ts';
import type { VerificationReport } from './verification/report.ts';
import type { VerifyOptions } from './verification/verify-period.ts';

export type { BillExplained };

/** What a trigger asks for. Dates are inclusive. */
export interface RunAsk {
  readonly shopIds: readonly string[] | null;
  readonly period: string | null;
  readonly periodStart: string | null;
  readonly periodEnd: string | null;
  readonly dryRun: boolean;
  readonly force: boolean;
  readonly trigger: Trigger;
}

export interface RunAccepted {
  readonly runId: string;
  readonly period: Period;
  readonly dryRun: boolean;
  /** False: the run was there already (asked for before, perhaps finished); nothing was published. */
  readonly published: boolean;
}

/** The one function every trigger calls. Throws BillingError PERIOD_INVALID, PERIOD_NOT_ENDED or USAGE. */
export type RequestBillingRun = (ask: RunAsk) => Promise<RunAccepted>;

/** Who wants a run stopped, and why. */
export interface CancelAsk {
  readonly runId: string;
  /** One line of text. */
  readonly reason: string;
  readonly actor: string | null;
}

export interface CancelAnswer {
  readonly runId: string;
  /**
   * `requested`: the planner will carry it out within moments, and the run's status becomes `cancelled`. `cancelled`:
   * it was cancelled before. `finished`: every shop has its outcome, there is nothing to cancel. Only `requested`
   * published anything.
   */
  readonly state: 'requested' | 'cancelled' | 'finished';
}

/** Asks for a run to be cancelled. Throws BillingError NOT_FOUND for a run nobody asked for, USAGE without a reason. */
export type CancelRun = (ask: CancelAsk) => Promise<CancelAnswer>;

/** Pause (`paused: true`) or resume the issuing of decisions, everywhere. */
export interface IssuingAsk {
  readonly paused: boolean;
  /** One line of text. */
  readonly reason: string;
  readonly actor: string | null;
}

export interface IssuingAnswer {
  readonly paused: boolean;
  /** Counts the changes ever made. */
  readonly revision: number;
  /** False: it was so before. */
  readonly changed: boolean;
}

/** Takes effect at once and lasts until it is changed. Throws BillingError USAGE without a reason. */
export type SetIssuing = (ask: IssuingAsk) => Promise<IssuingAnswer>;

/** What a person decided about a held bill. */
export interface HoldAsk {
  readonly billId: string;
  readonly action: 'release' | 'reject';
  /** One line of text. */
  readonly reason: string;
  readonly actor: string | null;
}

/**
 * Asks the biller to decide a held bill; the request's id finds what becomes of it. Throws BillingError NOT_FOUND,
 * HOLD_ALREADY_DECIDED, or USAGE without a reason.
 */
export type DecideHold = (ask: HoldAsk) => Promise<{ readonly requestId: string; readonly hold: HeldBillView }>;

export interface VoidAsk {
  readonly invoiceNumber: string;
  /** One line of text. */
  readonly reason: string;
  readonly actor: string | null;
}

export interface CreditAsk extends VoidAsk {
  /** Decimal, in major units of the invoice's currency. */
  readonly amount: string;
}

/** Asks the biller to void an invoice. Throws BillingError NOT_FOUND, INVOICE_VOIDED, INVOICE_CREDITED or USAGE. */
export type VoidInvoice = (ask: VoidAsk) => Promise<{ readonly requestId: string; readonly invoice: InvoiceView }>;

/** Asks the biller for a credit note. Throws BillingError NOT_FOUND, INVOICE_VOIDED, CREDIT_EXCEEDS_INVOICE or USAGE. */
export type CreditInvoice = (ask: CreditAsk) => Promise<{ readonly requestId: string; readonly invoice: InvoiceView }>;

/** What is to happen to which dead letters. */
export interface DeadLetterAsk {
  /** Null: all that wait and fit the filter. */
  readonly ids: readonly string[] | null;
  readonly where: Omit<DeadLetterFilter, 'settled'>;
  /** One line of text; may be empty where a dead letter is only sent back. */
  readonly reason: string;
  readonly actor: string | null;
}

/** One that a filter found and that nothing was done about, and why. */
export interface DeadLetterLeft {
  readonly deadLetterId: string;
  readonly code: ErrorCode;
  readonly message: string;
}

export interface RedrivenDeadLetter {
  readonly deadLetterId: string;
  /** Where it went. */
  readonly topic: string;
  readonly key: string | null;
  readonly redriveCount: number;
}

/**
 * Sends dead letters back to where they came from. Throws BillingError NOT_FOUND, DEAD_LETTER_SETTLED or REDRIVE_LIMIT
 * when one that was named cannot be sent back: then none was.
 */
export type RedriveDeadLetters = (
  ask: DeadLetterAsk,
) => Promise<{ readonly settled: readonly RedrivenDeadLetter[]; readonly left: readonly DeadLetterLeft[] }>;

/** Takes dead letters off the list. Throws BillingError USAGE without a reason, NOT_FOUND, DEAD_LETTER_SETTLED. */
export type DiscardDeadLetters = (ask: DeadLetterAsk) => Promise<{
  readonly settled: readonly { readonly deadLetterId: string }[];
  readonly left: readonly DeadLetterLeft[];
}>;

export interface ComponentHealth {
  readonly name: string;
  readonly healthy: boolean;
  /** Why not; null when healthy. */
  readonly reason: string | null;
}

export interface RunningRoles {
  readonly roles: readonly Role[];
  /** Whether each can do its work just now. */
  health(): ComponentHealth[];
  /** Whether each works at all: unhealthy when it hangs and only a new process helps. Never because a server is away. */
  liveness(): ComponentHealth[];
  /** Fraud checks that could not be evaluated for want of a quote to USD, by code, since these roles began. */
  unevaluatedChecks(): ReadonlyMap<string, number>;
  /** Rejects when a role stopped for good. */
  readonly failed: Promise<never>;
  stop(): Promise<void>;
}

export interface App {
  readonly config: Config;
  readonly clock: Clock;
  /** The same clock where it can be moved: test mode. */
  readonly testClock: MovableClock | null;
  readonly logger: Logger;
  readonly log: Log;
  readonly codec: Codec;
  readonly ledger: Ledger;
  readonly runs: Runs;
  readonly openRuns: OpenRuns;
  readonly readModels: ReadModels;
  readonly requestBillingRun: RequestBillingRun;
  readonly redriveDeadLetters: RedriveDeadLetters;
  readonly discardDeadLetters: DiscardDeadLetters;
  readonly decideHold: DecideHold;
  readonly voidInvoice: VoidInvoice;
  readonly creditInvoice: CreditInvoice;
  readonly cancelRun: CancelRun;
  readonly setIssuing: SetIssuing;
  /** Whether issuing is paused, by whom and why. */
  issuing(): Promise<Issuing>;
  /** A bill with its derivation. Throws BillingError NOT_FOUND when nothing was decided about the shop and month. */
  explainBill(key: { readonly shopId: string; readonly periodStartDate: string }): Promise<BillExplained>;
  /** A period under other plans: reads the ledger, publishes and records nothing. */
  whatIf(asked: Parameters<typeof whatIf>[1]): ReturnType<typeof whatIf>;
  /** Kafka, registry and Postgres, asked just now; each answer within about two seconds. */
  serversHealth(): Promise<ComponentHealth[]>;
  /** Of these roles, those for which no process is running anywhere. */
  rolesWithoutProcess(roles: readonly Role[]): Promise<Role[]>;
  /** Starts roles in this process (not the gateway). */
  startRoles(roles: readonly Role[]): Promise<RunningRoles>;
  /** Compares register and planned runs with the log, and restores from it what they lack. */
  foldLog(): Promise<void>;
  /** How many facts, about, are on the log and not in the ledger yet. */
  ledgerLag(): Promise<number>;
  /** Makes the read models again from the log and swaps them in; returns how many records were folded. */
  rebuildReadModels(options: {
    readonly signal?: AbortSignal;
    readonly onProgress?: (folded: number, known: number) => void;
  }): Promise<{ records: number }>;
  /** Decides a period again, publishes and records nothing; yields what differs as it goes. */
  replayPeriod(periodStartDate: string, options?: { signal?: AbortSignal }): ReturnType<typeof replayPeriod>;
  /** Proves a period by another way through log and tables than the one that made it. Writes nothing. */
  verifyPeriod(periodStartDate: string, options?: VerifyOptions): Promise<VerificationReport>;
  close(): Promise<void>;
}
