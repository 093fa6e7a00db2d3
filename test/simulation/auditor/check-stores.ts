/** Register and read models say what the log says. */
import { createMemoryReadModels } from '../../../src/adapters/memory-read-models.ts';
import type { Servers } from '../servers.ts';
import { summary, type RunResult } from './check-runs.ts';
import type { SeenDecision } from './decisions.ts';
import { grouped, key, type Observed } from './observed.ts';

export async function checkRegister({ register }: Servers, live: readonly SeenDecision[], dry: readonly RunResult[]) {
  const violations: string[] = [];
  for (const [shopId, decisions] of grouped(live, (decision) => decision.shopId)) {
    const last = Math.max(...decisions.map(({ sequence }) => sequence));
    const keys = decisions.map(({ runId, startDate }) => ({ runId, shopId, periodStartDate: startDate }));
    for (const [index, state] of (await register.load(keys)).entries()) {
      const seen = decisions[index]!;
      const name = `${shopId} at ${seen.sequence}`;
      if (state.sequence !== last)
        violations.push(`the register's head of ${shopId} is ${state.sequence}, not ${last}`);
      const { decision } = state;
      if (decision === null) violations.push(`the register does not know ${name}`);
      else if (decision.shopSequence === seen.sequence) violations.push(...differing(name, decision, seen));
    }
  }
  for (const { started, shopIds } of dry) {
    const keys = shopIds.map((shopId) => ({
      ...{ runId: started.runId, shopId },
      periodStartDate: started.period.startDate,
    }));
    const left = (await register.load(keys)).filter(({ decision }) => decision !== null);
    if (left.length > 0) violations.push(`dry run ${started.runId} left ${left.length} rows in the register`);
  }
  return violations;
}

function differing(
  name: string,
  decision: NonNullable<Awaited<ReturnType<Servers['register']['load']>>[number]['decision']>,
  { outcome, invoice, events }: SeenDecision,
): string[] {
  const kept = decision.records.filter(({ topic }) => topic === 'events').map(({ value }) => value!.toString('base64'));
  const published = events.map(({ record }) => record.value!.toString('base64'));
  return [
    ...(decision.outcome === outcome ? [] : [`${name} is ${decision.outcome} in the register, ${outcome} on the log`]),
    ...(kept.sort().join() === published.sort().join() ? [] : [`register and log have different bytes of ${name}`]),
    ...((decision.invoiceNumber ?? null) === (invoice?.invoiceNumber ?? null)
      ? []
      : [`${name} has number ${decision.invoiceNumber} in the register, ${invoice?.invoiceNumber} on the log`]),
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
  const shown = items.map(({ invoiceNumber, totalMinor }) => `${invoiceNumber} ${totalMinor}`).sort();
  const issued = observed
    .of('events')
    .flatMap(({ message: { type, data } }) =>
      type === 'InvoiceCreated' ? [`${data.invoiceNumber} ${data.totalMinor}`] : [],
    );
  if (shown.join() !== issued.sort().join()) violations.push('the invoices of the read model are not those of the log');
  return violations;
}
