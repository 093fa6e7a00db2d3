/** Runs a random world through the oracle and through the product, and says where they differ. */

import { isbot } from 'isbot';
import type { FactLine } from '../fact-lines.ts';
import { createOracle } from '../oracle.ts';
import type { RandomWorld } from '../random/random-world.ts';
import type { Family } from '../random/setting.ts';
import { someCommand } from '../random/some-command.ts';
import type { BookedBill } from '../book.ts';
import { createMemoryHost } from './memory-host.ts';
import type { ProductHost } from './product-host.ts';
import { createProduct } from './product.ts';
import { showOracle } from './show-oracle.ts';
import { differencesOf, listed, type ShownOutcome } from './shown.ts';

export interface Difference {
  /** Which of the world's runs, and which shop. */
  readonly run: number;
  readonly period: string;
  readonly shopId: string;
  readonly what: readonly string[];
}

export interface Comparison {
  /** What of the facts the product is told; all of them, unless a test of this comparison says otherwise. */
  readonly toProduct?: (facts: readonly FactLine[]) => readonly FactLine[];
  /** Where the product runs; in memory, unless a test says otherwise. */
  readonly host?: ProductHost;
}

export async function compareWorld(
  world: RandomWorld,
  families: readonly Family[],
  { toProduct = (facts) => facts, host = createMemoryHost(world.timeZone) }: Comparison = {},
): Promise<Difference[]> {
  const oracle = createOracle({ ...world, isBot: isbot });
  const product = createProduct(host);
  const differences: Difference[] = [];
  let told = 0;
  for (const [number, run] of world.runs.entries()) {
    const cut = Number(run.cut);
    await product.tell(toProduct(world.facts.slice(told, cut)));
    told = Math.max(told, cut);
    if (run.kind === 'some-command') {
      const command = someCommand(run.dice, oracle.bills());
      if (command === null) continue;
      const { shopId, month } = oracle.bills()[command.billNumber]!;
      const ordinal = oracle.bills().filter((bill) => isEarlier(bill, command.billNumber, shopId, month)).length;
      const expected = `${oracle.carryOut(command)}, invoices ${listed(oracle.invoicesOf(shopId))}`;
      const became = await product.carryOut(command, { shopId, month, ordinal });
      const actual = `${became}, invoices ${listed(product.invoicesOf(shopId))}`;
      const what = [`${command.kind} of bill ${command.billNumber}: oracle ${expected}, product ${actual}`];
      if (expected !== actual) differences.push({ run: number, period: month, shopId, what });
      continue;
    }
    const { shops: decided, unbillableShopsWithUsage } = oracle.run(run);
    const { shops: actual, unbillable } = await product.run(run);
    const period = JSON.stringify(run.period);
    if (unbillable !== null && unbillable !== unbillableShopsWithUsage) {
      const what = [`unbillable with usage: oracle ${unbillableShopsWithUsage}, product ${unbillable}`];
      differences.push({ run: number, period, shopId: 'all', what });
    }
    const expected = new Map(decided.map((shop) => [shop.shopId, showOracle(shop)]));
    const left = decided.filter(({ bill }) => !families.includes('credits') && (bill?.creditsUsed.size ?? 0) > 0);
    for (const shopId of new Set([...expected.keys(), ...actual.keys()])) {
      if (left.some((shop) => shop.shopId === shopId)) continue;
      const what = differencesOf(only(families, expected.get(shopId)), only(families, actual.get(shopId)));
      if (what.length > 0) differences.push({ run: number, period, shopId, what });
    }
  }
  return differences;
}

const isEarlier = (bill: BookedBill, than: number, shopId: string, month: string) =>
  bill.number < than && bill.shopId === shopId && bill.month === month;

/** Leaves out what belongs to rules that are not compared. */
function only(families: readonly Family[], shown: ShownOutcome | undefined): ShownOutcome | undefined {
  if (shown === undefined || families.includes('fraud')) return shown;
  const numbers = Object.entries(shown.numbers).filter(([name]) => !name.startsWith('fraud '));
  const outcome = shown.outcome === 'held' ? 'invoiced' : shown.outcome;
  return { ...shown, outcome, numbers: Object.fromEntries(numbers) };
}
