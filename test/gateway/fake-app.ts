/** An App for the gateway alone: read models that are plain lists, a clock that is moved by waiting, a log of lines. */
import { setImmediate } from 'node:timers/promises';
import type { Clock } from '../../src/adapters/clock.ts';
import { isMovable } from '../../src/adapters/movable-clock.ts';
import type { LogRecord } from '../../src/adapters/log.ts';
import type { Logger } from '../../src/adapters/logger.ts';
import type { OpenRun } from '../../src/adapters/open-runs.ts';
import type {
  DeadLetterFilter,
  DeadLetterView,
  HeldBillView,
  InvoiceView,
  Page,
  ReadModels,
  RunView,
  ShopResultView,
  StatusView,
} from '../../src/adapters/read-models.ts';
import { deadLetterIdOf } from '../../src/adapters/dead-letter-id.ts';
import type { Issuing } from '../../src/adapters/run-control.ts';
import type { FrozenRun } from '../../src/adapters/runs.ts';
import type { App, BillExplained, ComponentHealth, RunAsk } from '../../src/app.ts';
import { loadConfig, type ApiToken, type Config } from '../../src/config.ts';
import { resolvePeriod } from '../../src/domain/billing-period.ts';
import { BillingError } from '../../src/errors.ts';
import { testCodec } from '../support/test-codec.ts';

export const NOW = Date.parse('2026-11-05T12:00:00Z');

export interface LogLine {
  readonly level: string;
  readonly message: string;
  readonly [field: string]: unknown;
}

export interface FakeState {
  runs: RunView[];
  planned: FrozenRun[];
  shopResults: ShopResultView[];
  invoices: InvoiceView[];
  deadLetters: DeadLetterView[];
  openRuns: OpenRun[];
  lastEventAt: number | null;
  heldBills: HeldBillView[];
  explained: BillExplained[];
  servers: ComponentHealth[];
  /** What the log has, for those who read from it. */
  records: LogRecord[];
  /** What was asked to be done, in order. */
  readonly actions: { readonly action: string; readonly ask: object }[];
  /** How a run to be cancelled stands. */
  cancelState: 'requested' | 'cancelled' | 'finished';
  issuing: Issuing;
  /** Thrown by every action while set. */
  actionError: Error | null;
  /** Thrown by every read while set. */
  readError: Error | null;
  /** What was asked for, in order. */
  readonly asked: RunAsk[];
  /** Answers of requestBillingRun; by default the run is new. */
  published: boolean;
  readonly lines: LogLine[];
}

const unused = (name: string) =>
  new Proxy(
    {},
    { get: (_, property) => () => Promise.reject(new Error(`${name}.${String(property)} is not for the gateway`)) },
  );

/** Waiting takes no time and moves the clock on; `onTick` sees every wait. */
export function jumpingClock(onTick: () => void = () => {}): Clock {
  let now = NOW;
  return {
    now: () => now,
    async sleep(ms, signal) {
      await setImmediate();
      signal?.throwIfAborted();
      now += ms;
      onTick();
    },
  };
}

export function fakeApp({
  tokens = [],
  config = {},
  clock = jumpingClock(),
  ...given
}: { tokens?: readonly ApiToken[]; config?: Partial<Config>; clock?: Clock } & Partial<FakeState> = {}): {
  app: App;
  state: FakeState;
} {
  const state: FakeState = {
    runs: [],
    planned: [],
    shopResults: [],
    invoices: [],
    deadLetters: [],
    openRuns: [],
    lastEventAt: null,
    heldBills: [],
    explained: [],
    records: [],
    actions: [],
    actionError: null,
    cancelState: 'requested',
    issuing: { paused: false, revision: 0, reason: null, actor: null, changedAt: null },
    servers: [{ name: 'kafka', healthy: true, reason: null }],
    readError: null,
    asked: [],
    published: true,
    lines: [],
    ...given,
  };
  const app: App = {
    config: { ...loadConfig({}), apiTokens: tokens, ...config },
    clock,
    testClock: isMovable(clock) ? clock : null,
    logger: recordingLogger(state.lines),
    log: {
      ...(unused('log') as App['log']),
      async *read(ranges) {
        yield state.records.filter(({ topic, partition, offset }) =>
          ranges.some((range) => {
            const isThere = range.topic === topic && range.partition === partition;
            return isThere && offset >= range.from && offset < range.to;
          }),
        );
      },
    },
    codec: testCodec(),
    ledger: unused('ledger') as App['ledger'],
    runs: {
      ...(unused('runs') as App['runs']),
      find: async (runId) => read(state, () => state.planned.find((run) => run.runId === runId) ?? null),
    },
    openRuns: {
      list: async () => read(state, () => state.openRuns),
      missingShops: () => Promise.reject(new Error('missing shops are not for the gateway')),
      lastEventAt: async () => read(state, () => state.lastEventAt),
    },
    readModels: readModelsOf(state),
    requestBillingRun: async (ask) => {
      const period = resolvePeriod(ask, { now: NOW, timeZone: 'UTC', dryRun: ask.dryRun });
      state.asked.push(ask);
      return { runId: 'run-1', period, dryRun: ask.dryRun, published: state.published };
    },
    cancelRun: async (ask) => {
      act(state, 'cancel', ask);
      return { runId: ask.runId, state: state.cancelState };
    },
    setIssuing: async (ask) => {
      act(state, 'issuing', ask);
      const { paused, reason, actor } = ask;
      const changed = state.issuing.paused !== paused;
      if (changed) state.issuing = { paused, revision: 1, reason, actor, changedAt: NOW };
      return { paused, revision: 1, changed };
    },
    issuing: async () => state.issuing,
    decideHold: async (ask) => {
      act(state, 'hold', ask);
      return { requestId: 'request-1', hold: state.heldBills.find(({ billId }) => billId === ask.billId)! };
    },
    voidInvoice: async (ask) => {
      act(state, 'void', ask);
      const invoice = state.invoices.find(({ invoiceNumber }) => invoiceNumber === ask.invoiceNumber)!;
      return { requestId: 'request-1', invoice };
    },
    creditInvoice: async (ask) => {
      act(state, 'credit', ask);
      const invoice = state.invoices.find(({ invoiceNumber }) => invoiceNumber === ask.invoiceNumber)!;
      return { requestId: 'request-1', invoice };
    },
    redriveDeadLetters: async (ask) => {
      act(state, 'redrive', ask);
      const settled = (ask.ids ?? ['shop-requests.dlq/0/1']).map((deadLetterId) => ({
        ...{ deadLetterId, topic: 'shop-requests', key: 's1', redriveCount: 1 },
      }));
      const left = { deadLetterId: 'shop-requests.dlq/0/2', code: 'REDRIVE_LIMIT', message: 'Too often.' } as const;
      return { settled, left: ask.ids === null ? [left] : [] };
    },
    discardDeadLetters: async (ask) => {
      act(state, 'discard', ask);
      return { settled: (ask.ids ?? ['shop-requests.dlq/0/1']).map((deadLetterId) => ({ deadLetterId })), left: [] };
    },
    explainBill: async ({ shopId }) => {
      const found = read(state, () => state.explained.find((one) => one.shopId === shopId));
      if (found === undefined) throw new BillingError('NOT_FOUND', 'Nothing was decided.');
      return found;
    },
    whatIf: () => {
      throw new Error('other plans are not for the gateway');
    },
    serversHealth: async () => state.servers,
    rolesWithoutProcess: async () => [],
    foldLog: async () => {},
    ledgerLag: async () => 0,
    rebuildReadModels: async () => ({ records: 0 }),
    verifyPeriod: async () => ({ checks: [], findings: [] }),
    replayPeriod: async function* () {},
    startRoles: () => Promise.reject(new Error('the gateway starts no roles')),
    close: async () => {},
  };
  return { app, state };
}

function readModelsOf(state: FakeState): ReadModels {
  return {
    findRun: async (runId) => read(state, () => state.runs.find((run) => run.runId === runId) ?? null),
    listRuns: async (query) => read(state, () => pageOf(state.runs, query)),
    listShopResults: async ({ runId, outcome, ...query }) =>
      read(state, () =>
        pageOf(
          state.shopResults.filter((one) => one.runId === runId && (outcome === null || one.outcome === outcome)),
          query,
        ),
      ),
    listInvoices: async ({ periodStartDate, shopId, runId, ...query }) =>
      read(state, () =>
        pageOf(
          state.invoices.filter(
            (one) =>
              (periodStartDate === null || one.period.startDate === periodStartDate) &&
              (shopId === null || one.shopId === shopId) &&
              (runId === null || one.runId === runId),
          ),
          query,
        ),
      ),
    findInvoice: async (number) =>
      read(state, () => state.invoices.find((invoice) => invoice.invoiceNumber === number) ?? null),
    findShopResult: async ({ runId, shopId }) =>
      read(state, () => state.shopResults.find((one) => one.runId === runId && one.shopId === shopId) ?? null),
    listDeadLetters: async ({ where = {}, ...query }) =>
      read(state, () =>
        pageOf(
          state.deadLetters.filter((letter) => fits(where, letter)),
          query,
        ),
      ),
    findDeadLetters: async (positions) =>
      read(state, () => ({
        letters: positions.map(
          (position) => state.deadLetters.find((one) => one.deadLetterId === deadLetterIdOf(position)) ?? null,
        ),
        foldedUpTo: 0n,
      })),
    listDeadLettersOf: async ({ originalTopic, originalPartition, originalOffset }) =>
      read(state, () =>
        state.deadLetters.filter(
          (one) =>
            one.originalTopic === originalTopic &&
            one.originalPartition === originalPartition &&
            one.originalOffset === originalOffset,
        ),
      ),
    listHeldBills: async (query) =>
      read(state, () =>
        pageOf(
          state.heldBills.filter(({ decision }) => decision === null),
          query,
        ),
      ),
    findHeldBill: async (billId) => read(state, () => state.heldBills.find((one) => one.billId === billId) ?? null),
    status: async (): Promise<StatusView> =>
      read(state, () => ({
        activeShops: 12,
        shopsWithBillingPlans: 11,
        pendingInvoices: state.invoices.length,
        heldBills: 2,
        deadLetters: state.deadLetters.length,
        lastRun: state.runs[0] ?? null,
        lastUpdated: NOW,
      })),
  };
}

function act(state: FakeState, action: string, ask: object): void {
  if (state.actionError) throw state.actionError;
  state.actions.push({ action, ask });
}

function fits({ topic, code, runId, eventId, from, before, settled = false }: DeadLetterFilter, one: DeadLetterView) {
  return (
    (one.settlement !== null) === settled &&
    (topic === undefined || one.deadLetterId.startsWith(`${topic}/`)) &&
    (code === undefined || one.code === code) &&
    (runId === undefined || one.runId === runId) &&
    (eventId === undefined || one.eventId === eventId) &&
    (from === undefined || one.failedAt >= from) &&
    (before === undefined || one.failedAt < before)
  );
}

function read<T>(state: FakeState, value: () => T): T {
  if (state.readError) throw state.readError;
  return value();
}

function pageOf<T>(items: readonly T[], { cursor, limit }: { cursor: string | null; limit: number }): Page<T> {
  const from = cursor === null ? 0 : Number(cursor);
  if (Number.isNaN(from)) throw new BillingError('USAGE', 'The cursor is not one that was given out.');
  const end = from + limit;
  return { items: items.slice(from, end), nextCursor: end < items.length ? String(end) : null };
}

function recordingLogger(lines: LogLine[], bindings: object = {}): Logger {
  const at = (level: string) => (fields: object, message: string) =>
    void lines.push({ ...bindings, ...fields, level, message });
  return {
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
    child: (more) => recordingLogger(lines, { ...bindings, ...more }),
  };
}
