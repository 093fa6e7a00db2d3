/** A run with its shops, as text for people and as the one JSON document of the contract. */
import type { ReadModels, RunView, ShopResultView } from '../adapters/read-models.ts';
import { presentRun, presentShopErrors, presentShopResult } from '../gateway/present-run.ts';
import { streamJson } from './json-stream.ts';
import { allPages, PAGE_SIZE } from './pages.ts';
import { renderTable, visible, type Column } from './table.ts';
import type { Terminal } from './terminal.ts';

/** Shops listed in the text; all of them are in the JSON. */
const LISTED_SHOPS = 50;

type ShopResults = Pick<ReadModels, 'listShopResults'>;

/** Prints the run as JSON with all its shops. @param more fields behind those of the run */
export async function printRunJson({
  terminal,
  readModels,
  run,
  more = {},
}: {
  terminal: Terminal;
  readModels: ShopResults;
  run: RunView;
  more?: Readonly<Record<string, unknown>>;
}): Promise<void> {
  const document = {
    ...presentRun({ run, shopResults: [] }),
    shop_results: () => shopPages(readModels, run.runId, (shops) => shops.map(presentShopResult).filter(isPresent)),
    errors: () => shopPages(readModels, run.runId, presentShopErrors, 'failed'),
    ...more,
  };
  for await (const text of streamJson(document)) if (!(await terminal.out(text))) return;
}

/** Prints the run for people: what became of it, its first shops, every failure, counts and totals. */
export async function printRunText({
  terminal,
  readModels,
  run,
}: {
  terminal: Terminal;
  readModels: ShopResults;
  run: RunView;
}): Promise<void> {
  const document = presentRun({ run, shopResults: [] });
  const shops = await firstShops(readModels, run.runId);
  const lines = [`${runTitle(run)}\n`, `Run ${run.runId}, asked for by ${describeTrigger(run)}\n`];
  if (shops.length > 0) lines.push('\n', shopTable(shops, terminal.width));
  const unlisted = document.processed_shops - shops.length;
  if (unlisted > 0) lines.push(`… and ${unlisted} more: billing run ${run.runId} --json\n`);
  if (!(await terminal.out(lines.join('')))) return;
  if (document.failed_shops > 0) await printFailures(terminal, readModels, run.runId);
  await terminal.out(`\n${summary(run)}`);
}

/** "Billing run of 2026-10, completed in 3.2 s". */
export function runTitle(run: RunView): string {
  const what = run.dryRun ? 'Dry run' : 'Billing run';
  const { startDate, endDate } = run.period;
  const took = run.completedAt === null ? '' : ` in ${((run.completedAt - run.startedAt) / 1000).toFixed(1)} s`;
  return `${what} of ${startDate} to ${endDate}: ${run.status.replaceAll('_', ' ')}${took}`;
}

/** Outcomes by number, and revenue and fees by currency. */
export function summary(run: RunView): string {
  const { processed_shops, expected_shops, totals } = presentRun({ run, shopResults: [] });
  const outcomes = Object.entries(run.outcomes)
    .sort(([a, countA], [b, countB]) => countB - countA || (a < b ? -1 : 1))
    .map(([outcome, count]) => `${count} ${outcome}`);
  const shops = processed_shops === expected_shops ? `${expected_shops}` : `${processed_shops} of ${expected_shops}`;
  const lines = [`Shops   ${[shops, outcomes.join(', ')].filter((part) => part !== '').join(': ')}\n`];
  if (totals.length > 0) {
    const rows = totals.map((total) => [total.currency, total.total_revenue, total.total_fees]);
    const columns = [
      { title: 'Total' },
      { title: 'Revenue', align: 'right' },
      { title: 'Fees', align: 'right' },
    ] as const;
    lines.push('\n', renderTable({ columns, rows, width: null }));
  }
  return lines.join('');
}

const SHOP_COLUMNS: readonly Column[] = [
  { title: 'Shop', shrinks: true },
  { title: 'Domain', shrinks: true },
  { title: 'Outcome' },
  { title: 'Revenue', align: 'right' },
  { title: 'Fee', align: 'right' },
  { title: 'Currency' },
  { title: 'Invoice' },
  { title: 'Reason', shrinks: true },
];

function shopTable(shops: readonly ShopResultView[], width: number | null): string {
  const rows = shops
    .map(presentShopResult)
    .filter(isPresent)
    .map((shop) => [
      shop.shop_id,
      shop.shop_domain,
      shop.outcome,
      shop.attributed_revenue,
      shop.calculated_fee,
      shop.currency,
      shop.invoice_number,
      shop.reason,
    ]);
  return renderTable({ columns: SHOP_COLUMNS, rows, width });
}

async function printFailures(terminal: Terminal, readModels: ShopResults, runId: string): Promise<void> {
  let title = '\nFailed:\n';
  for await (const errors of shopPages(readModels, runId, presentShopErrors, 'failed')) {
    const lines = errors.map(({ shop_id, code, error }) => `  ${visible(`${shop_id}  ${code}  ${error ?? ''}`)}\n`);
    if (!(await terminal.out(title + lines.join('')))) return;
    title = '';
  }
}

async function firstShops(readModels: ShopResults, runId: string): Promise<ShopResultView[]> {
  const shops: ShopResultView[] = [];
  for await (const page of shopPages(readModels, runId, (items) => items)) {
    shops.push(...page.filter(({ outcome }) => outcome !== null));
    if (shops.length >= LISTED_SHOPS) break;
  }
  return shops.slice(0, LISTED_SHOPS);
}

async function* shopPages<T>(
  readModels: ShopResults,
  runId: string,
  present: (shops: readonly ShopResultView[]) => readonly T[],
  outcome: string | null = null,
): AsyncIterable<readonly T[]> {
  const load = (cursor: string | null) =>
    readModels.listShopResults({ runId, outcome, cursor, limit: outcome === null ? PAGE_SIZE : 100 });
  for await (const items of allPages(load)) yield present(items);
}

function describeTrigger({ trigger }: RunView): string {
  return trigger.actor === null ? trigger.source : `${visible(trigger.actor)} (${trigger.source})`;
}

function isPresent<T>(value: T | null): value is T {
  return value !== null;
}
