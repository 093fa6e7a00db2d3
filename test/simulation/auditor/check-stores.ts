/** Register and read models say what the log says. */
import { createMemoryReadModels } from '../../../src/adapters/memory-read-models.ts';
import type { TopicName } from '../../../src/topics.ts';
import type { Servers } from '../servers.ts';
import { summary, type RunResult } from './check-runs.ts';
import type { SeenDecision } from './decisions.ts';
import { grouped, key, type Observed } from './observed.ts';

type Row = NonNullable<Awaited<ReturnType<Servers['register']['load']>>[number]['own']>;

export async function checkRegister({ register }: Servers, live: readonly SeenDecision[], dry: readonly RunResult[]) {
  const violations: string[] = [];
  for (const [shopId, decisions] of grouped(live, (decision) => decision.shopId)) {
    const last = Math.max(...decisions.map(({ sequence }) => sequence));
    const states = await register.load(decisions.map(keyOf));
    for (const [index, { own, sequence }] of states.entries()) {
      const seen = decisions[index]!;
      const name = `${shopId} at ${seen.sequence}`;
      if (sequence !== last) violations.push(`the register's head of ${shopId} is ${sequence}, not ${last}`);
      if (own === null) violations.push(`the register does not know ${name}`);
      else violations.push(...differing(name, own, seen));
    }
  }
  for (const { started, shopIds } of dry) {
    const states = await register.load(
      shopIds.map((shopId) => ({
        ...{ runId: started.runId, shopId, periodStartDate: started.period.startDate },
        source: { topic: 'shop-requests', partition: -1, offset: 0n },
      })),
    );
    const left = states.filter(({ decision }) => decision !== null);
    if (left.length > 0) violations.push(`dry run ${started.runId} left ${left.length} rows in the register`);
  }
  return violations;
}

function keyOf({ runId, shopId, startDate, source }: SeenDecision) {
  const [topic, partition, offset] = source.split('/') as [TopicName, string, string];
  const position = { topic, partition: Number(partition), offset: BigInt(offset ?? -1) };
  return { runId, shopId, periodStartDate: startDate, source: position };
}

function differing(name: string, row: Row, { sequence, outcome, invoice, events }: SeenDecision): string[] {
  const kept = row.records.filter(({ topic }) => topic === 'events').map(({ value }) => value!.toString('base64'));
  const published = events.map(({ record }) => record.value!.toString('base64'));
  const number = invoice?.invoiceNumber ?? row.invoiceNumber;
  return [
    ...(row.shopSequence === sequence ? [] : [`${name} is at ${row.shopSequence} in the register`]),
    ...(outcome === null || row.outcome === outcome
      ? []
      : [`${name} is ${row.outcome} in the register, ${outcome} on the log`]),
    ...(kept.sort().join() === published.sort().join() ? [] : [`register and log have different bytes of ${name}`]),
    ...(row.invoiceNumber === number ? [] : [`${name} is ${row.invoiceNumber} in the register, ${number} on the log`]),
  ];
}

const EVERYTHING = { cursor: null, limit: 100_000 };

export async function checkReadModels(
  { projections, ledger }: Servers,
  observed: Observed,
  results: readonly RunResult[],
  standing: ReadonlyMap<string, SeenDecision>,
): Promise<string[]> {
  const views = createMemoryReadModels({ store: projections, ledger });
  const violations: string[] = [];
  for (const { started, outcomes, totals } of results) {
    const { runId } = started;
    const view = await views.findRun(runId);
    const told = view === null ? 'nothing' : summary(view.outcomes, view.totals);
    const found = summary(outcomes, totals);
    if (told !== found) violations.push(`the read model of run ${runId} says ${told}, the log ${found}`);
    if (view?.completedAt === null) violations.push(`run ${runId} is still running in the read model`);
    const { items } = await views.listShopResults({ runId, outcome: null, ...EVERYTHING });
    const wrong = items.filter(({ shopId, outcome }) => standing.get(key(runId, shopId))?.outcome !== outcome);
    if (wrong.length > 0) violations.push(`shops of run ${runId} have other outcomes in the read model`);
  }
  const { items } = await views.listInvoices({ periodStartDate: null, shopId: null, runId: null, ...EVERYTHING });
  const shown = items.map(({ invoiceNumber, totalMinor, status }) => `${invoiceNumber} ${totalMinor} ${status}`).sort();
  const events = observed.of('events').map(({ message }) => message);
  const voided = new Set(events.flatMap(({ type, data }) => (type === 'InvoiceVoided' ? [data.invoiceId] : [])));
  const issued = events.flatMap(({ type, data }) =>
    type === 'InvoiceCreated'
      ? [`${data.invoiceNumber} ${data.totalMinor} ${voided.has(data.invoiceId) ? 'voided' : data.status}`]
      : [],
  );
  if (shown.join() !== issued.sort().join()) violations.push('the invoices of the read model are not those of the log');
  return violations;
}
