/** `billing process --dry-run --what-if FILE`: what a period would come to under other plans. Issues and changes nothing. */
import { readFile } from 'node:fs/promises';
import type { App } from '../app.ts';
import type { Config } from '../config.ts';
import type { WhatIfBill, WhatIfShop } from '../consumers/what-if.ts';
import { resolvePeriod, type PeriodRequest } from '../domain/billing-period.ts';
import { currencyExponent } from '../domain/currency.ts';
import { formatMinor } from '../domain/money.ts';
import { BillingError } from '../errors.ts';
import { presentPeriod } from '../gateway/present-period.ts';
import { createCrew } from './crew.ts';
import { untilInterrupted } from './interrupt.ts';
import { withApp } from './servers.ts';
import { renderTable } from './table.ts';
import { toJson, type CliContext } from './terminal.ts';
import { parseWhatIf } from './what-if-plans.ts';

const LOOK_EVERY_MS = 100;

export interface WhatIfAsk extends PeriodRequest {
  readonly file: string;
  readonly shopIds: readonly string[] | null;
  readonly asJson: boolean;
}

/** Throws USAGE for a file that cannot be used, before anything is connected. */
export async function runWhatIf(context: CliContext, config: Config, ask: WhatIfAsk): Promise<void> {
  const text = await readFile(ask.file, 'utf8').catch((error: Error) => {
    throw new BillingError('USAGE', `The file of --what-if cannot be read: ${error.message}`);
  });
  const change = parseWhatIf(text);
  const now = context.clock.now();
  const period = resolvePeriod(ask, { now, timeZone: config.timeZone, dryRun: true });
  await withApp({ context, config, endsItself: true }, async (app) => {
    const pins = await caughtUp(context, app);
    const shops: WhatIfShop[] = [];
    for await (const page of app.whatIf({ shopIds: ask.shopIds, period, pins, now, change })) {
      context.interrupted.throwIfAborted();
      shops.push(...page);
    }
    const { terminal } = context;
    await terminal.out(ask.asJson ? toJson(toDocument(shops, presentPeriod(period))) : toText(shops, terminal.width));
    if (shops.some(({ before, after }) => before.outcome === 'failed' || after.outcome === 'failed'))
      context.exitWith(1);
  });
}

/** Everything that is on the log by now is looked at: where no ingester runs, this command is one for as long as it takes. */
async function caughtUp(context: CliContext, app: App) {
  const crew = createCrew({ context, app, roles: ['ingester'] });
  const waiting = async () => {
    while ((await app.ledgerLag()) > 0) await app.clock.sleep(LOOK_EVERY_MS, context.interrupted);
  };
  try {
    if ((await app.ledgerLag()) > 0) await untilInterrupted(crew.fillIn(), context.interrupted);
    await Promise.race([untilInterrupted(waiting(), context.interrupted), crew.failed]);
    return await app.ledger.positions();
  } finally {
    await crew.stop();
  }
}

/** Null where there is nothing to subtract: on one side no bill, or one in another currency. */
function differenceOf({ before, after }: WhatIfShop): bigint | null {
  const currency = before.currency ?? after.currency;
  if (currency === null || (before.currency ?? currency) !== (after.currency ?? currency)) return null;
  return (after.totalMinor ?? 0n) - (before.totalMinor ?? 0n);
}

function totalsOf(shops: readonly WhatIfShop[]) {
  const totals = new Map<string, { before: bigint; after: bigint }>();
  const add = ({ currency, totalMinor }: WhatIfBill, side: 'before' | 'after') => {
    if (currency === null || totalMinor === null) return;
    const total = totals.get(currency) ?? { before: 0n, after: 0n };
    totals.set(currency, { ...total, [side]: total[side] + totalMinor });
  };
  for (const { before, after } of shops) {
    add(before, 'before');
    add(after, 'after');
  }
  return [...totals].sort(([a], [b]) => (a < b ? -1 : 1)).map(([currency, sides]) => ({ currency, ...sides }));
}

const amount = (minor: bigint | null, currency: string | null): string | null =>
  minor === null || currency === null ? null : formatMinor(minor, currencyExponent(currency));

/** @param period as it is shown everywhere */
export function toDocument(shops: readonly WhatIfShop[], period: object) {
  const billJson = ({ outcome, currency, totalMinor, fraudLevel, reason }: WhatIfBill) => {
    return { outcome, currency, total: amount(totalMinor, currency), fraud_level: fraudLevel, reason };
  };
  return {
    period,
    shops: shops.map((shop) => ({
      shop_id: shop.shopId,
      before: billJson(shop.before),
      after: billJson(shop.after),
      difference: amount(differenceOf(shop), shop.before.currency ?? shop.after.currency),
    })),
    totals: totalsOf(shops).map(({ currency, before, after }) => ({
      currency,
      before: amount(before, currency),
      after: amount(after, currency),
      difference: amount(after - before, currency),
    })),
  };
}

/** Shops that would change, then the totals. */
export function toText(shops: readonly WhatIfShop[], width: number | null): string {
  const changed = shops.filter((shop) => differenceOf(shop) !== 0n || sideText(shop.before) !== sideText(shop.after));
  const numbers = [
    { title: 'Now', align: 'right' },
    { title: 'Then', align: 'right' },
    { title: 'Difference', align: 'right' },
  ] as const;
  const table = renderTable({
    columns: [{ title: 'Shop', shrinks: true }, { title: 'Outcome' }, ...numbers, { title: 'Currency' }],
    rows: changed.map((shop) => {
      const { before, after } = shop;
      const currency = before.currency ?? after.currency;
      const outcome =
        sideText(before) === sideText(after) ? sideText(before) : `${sideText(before)} → ${sideText(after)}`;
      return [
        ...[shop.shopId, outcome, amount(before.totalMinor, before.currency), amount(after.totalMinor, after.currency)],
        ...[amount(differenceOf(shop), currency), currency],
      ];
    }),
    width,
  });
  const totals = renderTable({
    columns: [{ title: 'Total' }, ...numbers],
    rows: totalsOf(shops).map(({ currency, before, after }) => [
      ...[currency, amount(before, currency), amount(after, currency), amount(after - before, currency)],
    ]),
    width: null,
  });
  return `${changed.length === 0 ? '' : `${table}\n`}${shops.length} shops looked at, ${changed.length} would change\n\n${totals}`;
}

const sideText = ({ outcome, reason, fraudLevel }: WhatIfBill): string => {
  const suspicion = fraudLevel === 'high' || fraudLevel === 'critical' ? `, ${fraudLevel} fraud level` : '';
  return `${outcome}${reason === null ? '' : ` (${reason})`}${suspicion}`;
};
