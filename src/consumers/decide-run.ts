/** Requests to bill shops of one run → what is to be published: decided and recorded, published again, or compared. */
import type { Clock } from '../adapters/clock.ts';
import type { Codec } from '../adapters/codec.ts';
import type { Ledger } from '../adapters/ledger.ts';
import type { Batch, Log, OutRecord } from '../adapters/log.ts';
import type { Logger } from '../adapters/logger.ts';
import type { NewDecision, Register, ShopState } from '../adapters/register.ts';
import type { FrozenRun, Runs } from '../adapters/runs.ts';
import type { ShopEvent } from '../domain/events.ts';
import type { Pin } from '../domain/log-position.ts';
import { BillingError } from '../errors.ts';
import { FACT_TOPICS } from '../topics.ts';
import { decideShop, failedShop, toNewDecision, type ShopAsked, type ShopDecision } from './decide-shop.ts';
import { deadLetterOnce } from './failure.ts';
import { loadShopFacts, type LoadedFacts } from './load-shop-facts.ts';
import { recompute, type Decided } from './recompute.ts';
import { afterFailure } from './retry-policy.ts';
import { withAdjustments } from './with-adjustments.ts';
import { isLaterAttempt, type ShopRequest } from './shop-request.ts';
import { standingOf } from './standing.ts';
import { waitForIngester } from './wait-for-ingester.ts';

export interface DecideRunDependencies {
  readonly log: Pick<Log, 'endOffsets'>;
  readonly codec: Codec;
  readonly ledger: Ledger;
  readonly register: Register;
  readonly runs: Pick<Runs, 'find'>;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly deterministicId: (name: string) => string;
  readonly invoicePrefix: string;
  /** Told of every decision once it stands, for the metrics of the process; not of replays. */
  readonly onDecided?: (events: readonly ShopEvent[]) => void;
  /** How long a shop waits before each of its retries; one entry per retry, three at most. */
  readonly retryDelaysMs: readonly number[];
}

interface Undecided {
  readonly request: ShopRequest;
  readonly state: ShopState;
}

/** How often a batch is decided again because heads moved under it, before it is tried from the start. */
export const MAX_ROUNDS = 20;

/** Decides the shops that are still to be decided; returns everything to be published. No shop is named twice. */
export async function decideRun(
  dependencies: DecideRunDependencies,
  batch: Batch,
  run: FrozenRun,
  requests: readonly ShopRequest[],
): Promise<OutRecord[]> {
  const { runId, dryRun, period } = run;
  const publish: OutRecord[] = [];
  let open = requests;
  for (let round = 0; open.length > 0; round += 1) {
    if (round === MAX_ROUNDS) {
      throw new BillingError('UNAVAILABLE', `Heads of ${open.length} shops kept moving: the batch is tried again.`);
    }
    const states = await dependencies.register.load(
      open.map(({ shopId, record: source }) => ({ runId, shopId, periodStartDate: period.startDate, source })),
    );
    const undecided: Undecided[] = [];
    const replayed: Decided[] = [];
    for (const [index, request] of open.entries()) {
      const state = states[index]!;
      const { record, failure } = request;
      const standing = standingOf(record, state, { publishedBelow: batch.publishedBelow, dryRun });
      switch (standing) {
        case 'undecided':
        case 'second-attempt':
          undecided.push({ request, state });
          break;
        case 'cut-off':
          publish.push(...state.own!.records);
          break;
        case 'replay':
          replayed.push({ request, decision: state.own! });
          break;
        case 'repeat':
          if (failure) publish.push(...deadLetterOnce(record, failure, batch, dependencies.clock.now()));
          break;
        default:
          standing satisfies never;
      }
    }
    if (replayed.length > 0) {
      const pins = [run.pins, ...replayed.map(({ decision }) => decision.pins ?? [])].flat();
      await waitForIngester({ ...dependencies, pins, batch });
    }
    publish.push(...(await recompute(dependencies, run, replayed)));
    open = await decideAndRecord(dependencies, batch, run, undecided, publish);
  }
  return publish;
}

/** Returns the requests whose shop head moved or whose run was cancelled meanwhile: they must be decided again. */
async function decideAndRecord(
  dependencies: DecideRunDependencies,
  batch: Batch,
  run: FrozenRun,
  undecided: readonly Undecided[],
  publish: OutRecord[],
): Promise<ShopRequest[]> {
  if (undecided.length === 0) return [];
  // What is decided on the facts of one server must not be recorded on another, which may lack some of them.
  const generation = dependencies.register.generation();
  const facts = await loadFacts(dependencies, batch, run, undecided);
  await batch.heartbeat();
  const now = dependencies.clock.now();
  const deciding: { readonly request: ShopRequest; readonly events: readonly ShopEvent[] }[] = [];
  const decisions: NewDecision[] = [];
  for (const { request, state } of undecided) {
    const asked = { ...dependencies, run, request, state, ...facts.get(request)!, now };
    const decision = decideShop(asked);
    const retry = retryOf(dependencies, request, decision, now);
    if (retry !== null) {
      if (request.record.offset >= batch.publishedBelow) publish.push(retry);
      continue;
    }
    deciding.push({ request, events: decision.events });
    decisions.push(encode(asked, decision));
  }
  if (run.dryRun) {
    // A dry run takes no number, settles nothing and changes no head: its events are all there is of it.
    publish.push(...decisions.flatMap(({ records }) => records));
    for (const { events } of deciding) dependencies.onDecided?.(events);
    return [];
  }
  const recorded = await dependencies.register.record(decisions, generation);
  const again: ShopRequest[] = [];
  for (const [index, records] of recorded.entries()) {
    const { request, events } = deciding[index]!;
    if (records === null) {
      again.push(request);
      continue;
    }
    publish.push(...records);
    dependencies.onDecided?.(events);
  }
  return again;
}

/** The request on its way to its next attempt, when there is one; nothing is recorded about this one then. */
function retryOf(
  { retryDelaysMs: delaysMs, logger }: Pick<DecideRunDependencies, 'retryDelaysMs' | 'logger'>,
  { record, shopId }: ShopRequest,
  { failure }: ShopDecision,
  now: number,
): OutRecord | null {
  const retry = failure && afterFailure({ record, failure, delaysMs, now });
  if (retry !== null) logger.info({ shopId, topic: retry.topic }, 'shop waits for its next attempt');
  return retry;
}

/** What cannot be put into bytes is this shop's failure, as whatever else goes wrong in pure code. */
function encode(asked: ShopAsked & Omit<Parameters<typeof toNewDecision>[0], 'decision'>, decision: ShopDecision) {
  try {
    return toNewDecision({ ...asked, decision });
  } catch (error) {
    return toNewDecision({ ...asked, decision: failedShop(asked, error) });
  }
}

interface Facts {
  /** Null: the run is cancelled, and nothing needs to be known. */
  readonly loaded: LoadedFacts | null;
  /** Null: those of the run. */
  readonly pins: readonly Pin[] | null;
}

/** First attempts look at the run's pins, later ones at the facts as they are now (docs/decisions/0004). */
async function loadFacts(
  dependencies: DecideRunDependencies,
  batch: Batch,
  run: FrozenRun,
  undecided: readonly Undecided[],
): Promise<Map<ShopRequest, Facts>> {
  const { ledger, log } = dependencies;
  const facts = new Map<ShopRequest, Facts>();
  const load = async (group: readonly Undecided[], pins: readonly Pin[] | null) => {
    const loaded = await loadShopFacts({
      ledger,
      shopIds: group.map(({ request }) => request.shopId),
      states: group.map(({ state }) => state),
      period: run.period,
      pins: pins ?? run.pins,
    });
    const adjusted = await withAdjustments(dependencies, run, pins ?? run.pins, loaded);
    for (const [index, { request }] of group.entries()) facts.set(request, { loaded: adjusted[index]!, pins });
  };
  const going = undecided.filter(({ state }) => !state.cancelled);
  for (const { request, state } of undecided) if (state.cancelled) facts.set(request, { loaded: null, pins: null });
  const later = going.filter(({ request }) => isLaterAttempt(request.record));
  const first = going.filter(({ request }) => !isLaterAttempt(request.record));
  if (first.length > 0) {
    // The planner waited too; a database restored since may have lost facts that the ingester is bringing back.
    await waitForIngester({ ...dependencies, pins: run.pins, batch });
    await load(first, null);
  }
  if (later.length > 0) {
    const pins = await log.endOffsets(FACT_TOPICS);
    await waitForIngester({ ...dependencies, pins, batch });
    await load(later, pins);
  }
  return facts;
}
