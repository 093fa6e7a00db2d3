/**
 * What Prometheus sees: the process, the requests, and the read side's counts. No shop is ever a label: a label value
 * costs memory for ever.
 */
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { StatusView } from '../adapters/read-models.ts';
import { isFinished } from './find-run.ts';
import type { Issuing } from '../adapters/run-control.ts';
import type { OpenRunsProgress } from './open-runs-progress.ts';
import { countShops } from './present-run.ts';

export interface RequestLabels {
  readonly method: string;
  /** The template, `/runs/:id`; never the path itself. */
  readonly route: string;
  readonly status_code: number;
}

export interface Metrics {
  readonly contentType: string;
  observeRequest(labels: RequestLabels, seconds: number): void;
  /** Null: the read models do not answer; their gauges are left out rather than shown as they were. */
  setStatus(status: StatusView | null): void;
  /** Null: they are not known just now, and left out. */
  setOpenRuns(runs: OpenRunsProgress | null): void;
  setIssuing(issuing: Issuing | null): void;
  /** By code, since this process began. */
  setUnevaluatedChecks(byCode: ReadonlyMap<string, number>): void;
  /** The text format. */
  render(): Promise<string>;
}

const LATENCY_BUCKETS_S = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 120];

/** A registry of its own for each gateway: there is no state in the library's global one. */
export function createMetrics(): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const requests = new Histogram({
    name: 'billing_http_request_duration_seconds',
    help: 'Time to answer a request, streams left out.',
    labelNames: ['method', 'route', 'status_code'] as const,
    buckets: LATENCY_BUCKETS_S,
    registers: [registry],
  });
  const isUp = gaugeIn(registry, 'billing_read_models_up', 'Whether the read models answered this scrape.');
  const gauges = GAUGES.map(({ name, help, read }) => ({ gauge: gaugeIn(registry, name, help), read }));
  const runGauges = RUN_GAUGES.map(({ name, help, read }) => ({ gauge: gaugeIn(registry, name, help), read }));
  const isPaused = gaugeIn(registry, 'billing_issuing_paused', 'Whether issuing is paused.');
  const outcomes = new Gauge({
    name: 'billing_last_run_outcome_shops',
    help: 'Shops of the newest run by outcome so far.',
    labelNames: ['outcome'] as const,
    registers: [registry],
  });
  const unevaluated = new Counter({
    name: 'billing_fraud_checks_not_evaluated_total',
    help: 'Fraud checks of bills made by this process that could not be evaluated: no quote to USD.',
    labelNames: ['check'] as const,
    registers: [registry],
  });
  return {
    contentType: registry.contentType,
    observeRequest: (labels, seconds) => requests.observe({ ...labels }, seconds),
    setOpenRuns: (runs) => {
      for (const { gauge, read } of runGauges) setOrRemove(gauge, runs === null ? null : read(runs));
    },
    setIssuing: (issuing) => setOrRemove(isPaused, issuing === null ? null : Number(issuing.paused)),
    setStatus(status) {
      isUp.set(status === null ? 0 : 1);
      for (const { gauge, read } of gauges) setOrRemove(gauge, status === null ? null : read(status));
      outcomes.reset();
      for (const [outcome, shops] of Object.entries(status?.lastRun?.outcomes ?? {})) outcomes.set({ outcome }, shops);
    },
    setUnevaluatedChecks(byCode) {
      unevaluated.reset();
      for (const [check, count] of byCode) unevaluated.inc({ check }, count);
    },
    render: () => registry.metrics(),
  };
}

function gaugeIn(registry: Registry, name: string, help: string): Gauge {
  return new Gauge({ name, help, registers: [registry] });
}

/** What is not known is left out, rather than shown as it was. */
function setOrRemove(gauge: Gauge, value: number | null): void {
  if (value === null) gauge.remove();
  else gauge.set(value);
}

const RUN_GAUGES: readonly {
  readonly name: string;
  readonly help: string;
  readonly read: (runs: OpenRunsProgress) => number | null;
}[] = [
  { name: 'billing_runs_open', help: 'Runs that are not complete.', read: ({ open }) => open },
  {
    name: 'billing_runs_stalled',
    help: 'Runs without a new outcome for RUN_STALLED_AFTER, although shops are missing.',
    read: ({ stalled }) => stalled,
  },
  {
    name: 'billing_run_last_progress_timestamp_seconds',
    help: 'When the open run that stands still longest last had a new outcome; absent when no run is open.',
    read: ({ movedAt }) => seconds(movedAt),
  },
];

interface StatusGauge {
  readonly name: string;
  readonly help: string;
  /** Null: there is nothing to show. */
  readonly read: (status: StatusView) => number | null;
}

const seconds = (epochMs: number | null | undefined) => (epochMs == null ? null : epochMs / 1000);

const GAUGES: readonly StatusGauge[] = [
  { name: 'billing_active_shops', help: 'Shops that are active.', read: (status) => status.activeShops },
  {
    name: 'billing_shops_with_billing_plans',
    help: 'Shops that have a plan.',
    read: (status) => status.shopsWithBillingPlans,
  },
  {
    name: 'billing_pending_invoices',
    help: 'Invoices issued and not settled.',
    read: (status) => status.pendingInvoices,
  },
  { name: 'billing_held_bills', help: 'Bills that wait for a person.', read: (status) => status.heldBills },
  { name: 'billing_dead_letters', help: 'Messages that were set aside.', read: (status) => status.deadLetters },
  {
    name: 'billing_last_event_timestamp_seconds',
    help: 'Time of the newest event projected.',
    read: (status) => seconds(status.lastUpdated),
  },
  {
    name: 'billing_last_run_running',
    help: 'Whether the newest run goes on.',
    read: ({ lastRun }) => lastRun && Number(!isFinished(lastRun)),
  },
  {
    name: 'billing_last_run_expected_shops',
    help: 'Shops of the newest run.',
    read: ({ lastRun }) => lastRun && lastRun.expectedShops,
  },
  {
    name: 'billing_last_run_processed_shops',
    help: 'Shops of the newest run that have an outcome.',
    read: ({ lastRun }) => lastRun && countShops(lastRun.outcomes).processed_shops,
  },
  {
    name: 'billing_last_run_start_timestamp_seconds',
    help: 'When the newest run started.',
    read: ({ lastRun }) => seconds(lastRun?.startedAt),
  },
  {
    name: 'billing_last_run_completion_timestamp_seconds',
    help: 'When the newest run completed; absent while it goes on.',
    read: ({ lastRun }) => seconds(lastRun?.completedAt),
  },
];
