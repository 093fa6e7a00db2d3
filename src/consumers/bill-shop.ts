/**
 * ShopBillRequested → ShopBillCalculated, InvoiceCreated, ShopBillSkipped or ShopBillFailed. Safe in Postgres, published
 * by Kafka, in four steps: load the batch, decide purely, record in one durable transaction, publish with the consumed
 * offset in one Kafka transaction. See docs/decisions/0001.
 */
import type { Clock } from '../adapters/clock.ts';
import type { Codec, Decoded, Undecodable } from '../adapters/codec.ts';
import type { Ledger } from '../adapters/ledger.ts';
import type { Batch, BatchHandler, OutRecord } from '../adapters/log.ts';
import type { Logger } from '../adapters/logger.ts';
import type { RegisteredDecision, Register, ShopState } from '../adapters/register.ts';
import type { FrozenRun, Runs } from '../adapters/runs.ts';
import { BillingError } from '../errors.ts';
import { decideShop, toNewDecision, type ShopRequest } from './decide-shop.ts';
import { deadLetterOnce, type MessageFailure } from './failure.ts';
import { loadShopFacts } from './load-shop-facts.ts';
import { recompute, type Decided } from './recompute.ts';

export interface BillShopDependencies {
  readonly codec: Codec;
  readonly ledger: Ledger;
  readonly register: Register;
  readonly runs: Pick<Runs, 'find'>;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly deterministicId: (name: string) => string;
  readonly invoicePrefix: string;
}

interface Undecided {
  readonly request: ShopRequest;
  readonly state: ShopState;
}

/** How often a batch is decided again because heads moved under it, before it is tried from the start. */
const MAX_ROUNDS = 20;

export function createBillShop(dependencies: BillShopDependencies): BatchHandler {
  const { codec, clock } = dependencies;
  return async function* billShop(batch) {
    const publish: OutRecord[] = [];
    const setAside = ({ record }: ShopRequest, failure: MessageFailure) =>
      publish.push(...deadLetterOnce(record, failure, batch, clock.now()));
    const requests = new Map<string, Map<string, ShopRequest>>();
    for (const decoded of await codec.decode(batch.records)) {
      const { runId, request } = toShopRequest(decoded);
      const ofRun = requests.get(runId) ?? new Map<string, ShopRequest>();
      requests.set(runId, ofRun);
      // A shop asked for twice in one batch is one request; of a broken and a good one the good one counts.
      const before = ofRun.get(request.shopId);
      if (before === undefined || before.failure !== null) ofRun.set(request.shopId, request);
      if (before?.failure) setAside(before, before.failure);
      else if (before && request.failure) setAside(request, request.failure);
    }
    for (const [runId, ofRun] of requests) {
      const run = await dependencies.runs.find(runId);
      if (run !== null) {
        publish.push(...(await billRun(dependencies, batch, run, [...ofRun.values()])));
        continue;
      }
      const unplanned = { code: 'RUN_NOT_PLANNED', message: `Run ${runId} was never planned.` } as const;
      for (const request of ofRun.values()) setAside(request, request.failure ?? unplanned);
    }
    yield { publish, advance: true };
  };
}

/** What a record asks for; of a broken one, as much as its key and headers tell. */
function toShopRequest(decoded: Decoded | Undecodable): { runId: string; request: ShopRequest } {
  const { record } = decoded;
  if ('message' in decoded && decoded.message.type === 'ShopBillRequested') {
    const { runId, shopId } = decoded.message.data;
    return { runId, request: { record, causationId: decoded.envelope.id, shopId, failure: null } };
  }
  const failure: MessageFailure =
    'problem' in decoded
      ? { code: 'RECORD_UNDECODABLE', message: decoded.problem }
      : { code: 'REQUEST_INVALID', message: `This version cannot carry out a ${decoded.message.type}.` };
  const runId = record.headers['ce_correlationid'] ?? '';
  const causationId = record.headers['ce_id'] ?? `${record.topic}/${record.partition}/${record.offset}`;
  return { runId, request: { record, causationId, shopId: record.key ?? '', failure } };
}

/** Decides the shops of one run that are still to be decided; returns everything to be published. */
async function billRun(
  dependencies: BillShopDependencies,
  batch: Batch,
  run: FrozenRun,
  requests: readonly ShopRequest[],
): Promise<OutRecord[]> {
  const publish: OutRecord[] = [];
  let open = requests;
  for (let round = 0; open.length > 0; round += 1) {
    if (round === MAX_ROUNDS) {
      throw new BillingError('UNAVAILABLE', `Heads of ${open.length} shops kept moving: the batch is tried again.`);
    }
    const states = await dependencies.register.load(
      open.map(({ shopId }) => ({ runId: run.runId, shopId, periodStartDate: run.period.startDate })),
    );
    const undecided: Undecided[] = [];
    const replayed: Decided[] = [];
    for (const [index, request] of open.entries()) {
      const state = states[index]!;
      const { decision } = state;
      if (run.dryRun) {
        // A dry run leaves nothing to compare with: what was published once is not published again.
        if (request.record.offset >= batch.publishedBelow) undecided.push({ request, state });
        continue;
      }
      if (decision === null) {
        undecided.push({ request, state });
        continue;
      }
      const standing = standingOf(request, decision, batch);
      if (standing === 'repeat' && request.failure !== null) {
        publish.push(...deadLetterOnce(request.record, request.failure, batch, dependencies.clock.now()));
      }
      if (standing === 'second-attempt') undecided.push({ request, state });
      if (standing === 'cut-off') publish.push(...decision.records);
      if (standing === 'replay') replayed.push({ request, decision });
    }
    publish.push(...(await recompute(dependencies, run, replayed)));
    open = await decideAndRecord(dependencies, run, undecided, publish);
  }
  return publish;
}

/**
 * Where a request for a decided shop stands. `cut-off`: recorded, but it died before its events were published.
 * `replay`: they were published, and the request is met again. `second-attempt`: it failed, and was sent again on
 * purpose. `repeat`: another record asked for the same, and the decision stands.
 */
function standingOf(
  { record }: ShopRequest,
  { source, outcome }: RegisteredDecision,
  batch: Batch,
): 'cut-off' | 'replay' | 'second-attempt' | 'repeat' {
  const isSource =
    source.topic === record.topic && source.partition === record.partition && source.offset === record.offset;
  if (isSource) return record.offset >= batch.publishedBelow ? 'cut-off' : 'replay';
  return outcome === 'failed' && Number(record.headers['redrive-count'] ?? 0) > 0 ? 'second-attempt' : 'repeat';
}

/** Returns the requests whose shop head moved meanwhile: they must be loaded and decided again. */
async function decideAndRecord(
  dependencies: BillShopDependencies,
  run: FrozenRun,
  undecided: readonly Undecided[],
  publish: OutRecord[],
): Promise<ShopRequest[]> {
  if (undecided.length === 0) return [];
  const { ledger, register, clock } = dependencies;
  const now = clock.now();
  const loaded = await loadShopFacts({
    ledger,
    shopIds: undecided.map(({ request }) => request.shopId),
    states: undecided.map(({ state }) => state),
    period: run.period,
    pins: run.pins,
  });
  const decisions = undecided.map(({ request, state }, index) => {
    const decision = decideShop({ ...dependencies, run, request, state, loaded: loaded[index]!, now });
    return toNewDecision({ ...dependencies, run, request, state, decision, now });
  });
  if (run.dryRun) {
    // A dry run takes no number, settles nothing and changes no head: its events are all there is of it.
    publish.push(...decisions.flatMap(({ records }) => records));
    return [];
  }
  const recorded = await register.record(decisions);
  const again: ShopRequest[] = [];
  for (const [index, records] of recorded.entries()) {
    if (records === null) again.push(undecided[index]!.request);
    else publish.push(...records);
  }
  return again;
}
