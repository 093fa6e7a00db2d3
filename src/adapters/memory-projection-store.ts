/** Projections in memory: the same contract as in Postgres, one step at a time. */
import { emptyReadModelSet, type ReadModelSet } from './memory-read-model-set.ts';
import { deadLetterIdOf } from './dead-letter-id.ts';
import type {
  Advanced,
  LockedRun,
  NewCompletion,
  OutcomeCount,
  ProjectionStep,
  ProjectionStore,
  ProjectionTransaction,
  Rebuild,
  ShopKey,
} from './projection-store.ts';
import type { BillingRunCompleted } from '../domain/events.ts';
import type { Checkpoint } from './read-models.ts';

export interface MemoryProjectionStore extends ProjectionStore {
  /** The set in use, for createMemoryReadModels. */
  readModels(): ReadModelSet;
  /** Whether all completions of a run that were made, at least one, were seen on the log. */
  isSeenComplete(runId: string): boolean;
}

/** Completions by run, ascending by revision; `made` is null where one was only seen on the log. */
interface KnownCompletion {
  completed: BillingRunCompleted;
  made: NewCompletion | null;
  seen: boolean;
}
type Completions = Map<string, KnownCompletion[]>;

export function createMemoryProjectionStore(): MemoryProjectionStore {
  const completions: Completions = new Map();
  const inUse = { set: emptyReadModelSet() };
  /** Steps wait for each other, as they would for row locks. */
  const turns: { last: Promise<unknown> } = { last: Promise.resolve() };
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const result = turns.last.then(work);
    turns.last = result.catch(() => {});
    return result;
  };
  return {
    ...storeOf(inUse, completions, inTurn),
    readModels: () => inUse.set,
    isSeenComplete: (runId) => {
      const known = completions.get(runId) ?? [];
      return known.length > 0 && known.every(({ seen }) => seen);
    },
    async startRebuild(): Promise<Rebuild> {
      const next = { set: emptyReadModelSet() };
      return {
        store: storeOf(next, completions, inTurn),
        swap: () =>
          inTurn(async () => {
            const replaced = checkpointsOf(inUse.set);
            inUse.set = next.set;
            return replaced;
          }),
        abandon: async () => {},
      };
    },
  };
}

function storeOf(
  holder: { set: ReadModelSet },
  completions: Completions,
  inTurn: <T>(work: () => Promise<T>) => Promise<T>,
): Rebuild['store'] {
  return {
    checkpoint: async (topic, partition) => holder.set.checkpoints.get(`${topic}/${partition}`)?.offset ?? 0n,
    checkpoints: async () => checkpointsOf(holder.set),
    advance: <T>(step: ProjectionStep, work: (transaction: ProjectionTransaction) => Promise<T>) =>
      inTurn(async (): Promise<Advanced<T>> => {
        const { topic, partition, from, to, newestAt } = step;
        const name = `${topic}/${partition}`;
        const checkpoint = holder.set.checkpoints.get(name);
        if ((checkpoint?.offset ?? 0n) !== from) return { moved: false };
        const newest = Math.max(checkpoint?.newestAt ?? -1, newestAt ?? -1);
        const journal = createJournal();
        const staged: Completions = new Map();
        try {
          const value = await work(transactionOn(holder.set, { standing: completions, staged }, journal));
          // Where it stands, and what is to be published, others see when the step is done and not before.
          holder.set.checkpoints.set(name, { topic, partition, offset: to, newestAt: newest < 0 ? null : newest });
          for (const [runId, known] of staged) completions.set(runId, known);
          return { moved: true, value };
        } catch (error) {
          journal.undo();
          throw error;
        }
      }),
    unseenCompletions: async (topic, partition) =>
      [...completions.values()]
        .flat()
        .flatMap(({ made, seen }) => (made && !seen ? made : []))
        .filter(({ source }) => source.topic === topic && source.partition === partition)
        .sort((a, b) => Number(a.source.offset - b.source.offset)),
  };
}

function transactionOn(
  set: ReadModelSet,
  { standing, staged }: { standing: Completions; staged: Completions },
  journal: Journal,
): ProjectionTransaction {
  const completionsOf = (runId: string) => staged.get(runId) ?? standing.get(runId) ?? [];
  const heldName = ({ shopId, runId }: ShopKey) => `${shopId}\n${runId}`;
  const changeCompletions = (runId: string, change: (known: readonly KnownCompletion[]) => KnownCompletion[]) => {
    const known = change(completionsOf(runId));
    staged.set(
      runId,
      known.toSorted((a, b) => a.completed.revision - b.completed.revision),
    );
  };
  return {
    async loadShopResults(keys) {
      return keys.map(({ runId, shopId }) => set.shopResults.get(runId)?.get(shopId) ?? null);
    },
    async saveShopResults(states) {
      for (const state of states) journal.put(journal.nested(set.shopResults, state.runId), state.shopId, state);
    },
    async addOutcomes(differences) {
      for (const difference of differences) {
        const ofRun = journal.nested(set.outcomes, difference.runId);
        const name = `${difference.outcome}/${difference.currency}/${difference.currencyExponent}`;
        journal.put(ofRun, name, sum(ofRun.get(name), difference));
      }
    },
    async saveHeldBills(bills) {
      for (const bill of bills) journal.put(set.heldBills, heldName(bill), bill);
    },
    async decideHeldBills(decisions) {
      for (const decision of decisions) putFirst(journal, set.decidedHolds, heldName(decision), decision);
    },
    async saveInvoices(invoices) {
      for (const invoice of invoices) putFirst(journal, set.invoices, invoice.invoiceId, invoice);
    },
    async voidInvoices(invoiceIds) {
      for (const invoiceId of invoiceIds) journal.add(set.voidedInvoiceIds, invoiceId);
    },
    async saveCreditNotes(creditNotes) {
      for (const note of creditNotes) putFirst(journal, set.creditNotes, note.creditNoteId, note);
    },
    async saveDeadLetters(entries) {
      for (const entry of entries) journal.put(set.deadLetters, deadLetterIdOf(entry.position), entry);
    },
    async settleDeadLetters(settled) {
      for (const one of settled) putFirst(journal, set.settledDeadLetters, deadLetterIdOf(one.position), one);
    },
    async lockRuns(runIds) {
      return [...runIds].sort().map((runId): LockedRun => ({
        state: set.runs.get(runId) ?? { runId, started: null, cancelledAt: null, completed: null },
        counts: [...(set.outcomes.get(runId)?.values() ?? [])],
        lastCompletion: completionsOf(runId).at(-1)?.completed ?? null,
      }));
    },
    async saveRuns(states) {
      for (const state of states) journal.put(set.runs, state.runId, state);
    },
    async addCompletions(made) {
      for (const one of made) {
        const { completed } = one;
        changeCompletions(completed.runId, (known) => [...known, { completed, made: one, seen: false }]);
      }
    },
    async noteCompletions(seen) {
      for (const completed of seen) {
        changeCompletions(completed.runId, (known) => {
          const same = known.find((one) => one.completed.revision === completed.revision);
          return [...known.filter((one) => one !== same), { completed, made: same?.made ?? null, seen: true }];
        });
      }
    },
  };
}

/** What is there stays as it is. */
function putFirst<Value>(journal: Journal, map: Map<string, Value>, key: string, value: Value): void {
  if (!map.has(key)) journal.put(map, key, value);
}

function sum(a: OutcomeCount | undefined, b: OutcomeCount): OutcomeCount {
  return {
    ...b,
    shops: (a?.shops ?? 0) + b.shops,
    revenueMinor: (a?.revenueMinor ?? 0n) + b.revenueMinor,
    feesMinor: (a?.feesMinor ?? 0n) + b.feesMinor,
  };
}

function checkpointsOf(set: ReadModelSet): Checkpoint[] {
  return [...set.checkpoints.values()].map(({ topic, partition, offset }) => ({ topic, partition, offset }));
}

type Journal = ReturnType<typeof createJournal>;

/** Changes with the way back, so that a step that fails leaves nothing behind. */
function createJournal() {
  const undos: (() => void)[] = [];
  return {
    put<Value>(map: Map<string, Value>, key: string, value: Value): void {
      const [had, old] = [map.has(key), map.get(key)];
      undos.push(() => (had ? map.set(key, old as Value) : map.delete(key)));
      map.set(key, value);
    },
    nested<Value>(map: Map<string, Map<string, Value>>, key: string): Map<string, Value> {
      const inner = map.get(key) ?? new Map<string, Value>();
      map.set(key, inner);
      return inner;
    },
    add(set: Set<string>, value: string): void {
      if (set.has(value)) return;
      undos.push(() => set.delete(value));
      set.add(value);
    },
    undo(): void {
      for (const undo of undos.reverse()) undo();
    },
  };
}
