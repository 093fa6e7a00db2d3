/** What the register knows of the past of a batch of shops, with the periods and pins of the runs it happened in. */
import type { Codec } from '../adapters/codec.ts';
import type { Register } from '../adapters/register.ts';
import type { FrozenRun, Runs } from '../adapters/runs.ts';
import type { ShopBillCalculated } from '../domain/events.ts';
import type { BilledPast } from '../domain/late-facts.ts';
import { BillingError } from '../errors.ts';
import { decidedEvents } from './decided-events.ts';

/** Aligned with `shopIds`: one statement, and one more for each run that any of them was billed in. */
export async function loadBilledPasts(
  { register, runs }: { readonly register: Pick<Register, 'loadHistories'>; readonly runs: Pick<Runs, 'find'> },
  shopIds: readonly string[],
): Promise<BilledPast[]> {
  const histories = await register.loadHistories(shopIds);
  const found = new Map<string, FrozenRun>();
  for (const runId of new Set(histories.flatMap(({ bills }) => bills.map((bill) => bill.runId)))) {
    const run = await runs.find(runId);
    if (run === null) throw new BillingError('REGISTER_CONFLICT', `Run ${runId} billed shops, and is not known.`);
    found.set(runId, run);
  }
  return histories.map(({ bills, lastUndone }) => ({
    lastUndone,
    bills: bills.map(({ runId, sequence, currency, pins }) => {
      const run = found.get(runId)!;
      return { runId, sequence, currency, period: run.period, pins: pins ?? run.pins };
    }),
  }));
}

/** Gives a bill that was asked for. */
export type StandingCalculated = (shopId: string, sequence: number) => ShopBillCalculated;

/** Reads bills out of the bytes that were published for them. @throws BillingError REGISTER_CONFLICT */
export async function loadBills(
  { register, codec }: { readonly register: Pick<Register, 'loadDecisions'>; readonly codec: Codec },
  keys: readonly { readonly shopId: string; readonly sequence: number }[],
): Promise<StandingCalculated> {
  const wanted = [...new Map(keys.map((key) => [nameOf(key.shopId, key.sequence), key])).values()];
  const bills = new Map<string, ShopBillCalculated>();
  for (const decision of await register.loadDecisions(wanted)) {
    const events = await decidedEvents(codec, decision);
    const bill = events.find((event) => event.type === 'ShopBillCalculated')?.data;
    if (bill !== undefined) bills.set(nameOf(decision.shopId, decision.shopSequence), bill);
  }
  return (shopId, sequence) => {
    const bill = bills.get(nameOf(shopId, sequence));
    if (bill !== undefined) return bill;
    throw new BillingError(
      'REGISTER_CONFLICT',
      `The register has no bill in decision ${sequence} about shop ${shopId}.`,
    );
  };
}

const nameOf = (shopId: string, sequence: number) => `${sequence} ${shopId}`;
