/** Facts on the log ⇔ rows of the ledger, as far as the ledger has come. */
import type { Fact } from '../domain/facts.ts';
import type { Pin } from '../domain/log-position.ts';
import { total } from './exact.ts';
import { placeOf, type Logged, type LoggedQuote, type ShopOnLog } from './read-log.ts';
import { text, type Findings } from './report.ts';
import type { Row, ShopTable } from './stored.ts';

type FactTable = 'shop_registrations' | 'plan_versions' | 'purchases' | 'refunds' | 'interactions' | 'fx_quotes';

export const FACT_TABLES = [
  'shop_registrations',
  'plan_versions',
  'purchases',
  'refunds',
  'interactions',
] as const satisfies readonly ShopTable[];

/** @param rows of the shop, by table; `ingested`: how far the ledger had come when the verification began */
export function checkFacts(
  findings: Findings,
  { facts }: Pick<ShopOnLog, 'facts'>,
  rows: ReadonlyMap<FactTable, readonly Row[]>,
  ingested: readonly Pin[],
): void {
  const seen = facts.filter(({ record }) => isBelow(ingested, record));
  for (const table of FACT_TABLES) {
    compare(findings, table, firsts(seen, table), rows.get(table) ?? [], ingested);
  }
}

export function checkQuotes(
  findings: Findings,
  quotes: readonly LoggedQuote[],
  rows: readonly Row[],
  ingested: readonly Pin[],
): void {
  const seen = quotes.filter(({ record }) => isBelow(ingested, record));
  compare(findings, 'fx_quotes', firsts(seen, 'fx_quotes'), rows, ingested);
}

export function isBelow(
  pins: readonly Pin[],
  { topic, partition, offset }: { topic: string; partition: number; offset: bigint },
): boolean {
  return pins.some((pin) => pin.topic === topic && pin.partition === partition && offset < pin.offset);
}

function compare(
  findings: Findings,
  table: FactTable,
  facts: readonly Logged<Fact>[],
  rows: readonly Row[],
  ingested: readonly Pin[],
): void {
  const topic = table === 'fx_quotes' ? 'fx-rates' : TOPIC_OF[table];
  const place = (row: Row) => `${topic}/${text(row['log_partition'])}/${text(row['log_offset'])}`;
  const left = new Map(rows.map((row) => [place(row), row]));
  findings.examined('facts', facts.length);
  for (const { record, message } of facts) {
    const at = placeOf(record);
    const row = left.get(at);
    left.delete(at);
    if (row === undefined) {
      findings.add('facts', `table ${table}`, `${message.type} of ${at} is missing`);
      continue;
    }
    const expected = { ...columnsOf(message), recorded_at_ms: record.timestamp };
    for (const [column, value] of Object.entries(expected)) {
      findings.expectSame('facts', `table ${table}, row of ${at}`, column, value, row[column]);
    }
  }
  for (const [at, row] of left) {
    const key = { topic, partition: Number(row['log_partition']), offset: BigInt(text(row['log_offset'])) };
    if (!isBelow(ingested, key)) continue;
    findings.add(
      'facts',
      `table ${table}, row of ${at}`,
      `the log has no such fact there (shop ${text(row['shop_id'])})`,
    );
  }
}

const TOPIC_OF = {
  shop_registrations: 'shops',
  plan_versions: 'shops',
  purchases: 'usage',
  refunds: 'usage',
  interactions: 'usage',
} as const;

/** Of a fact told twice in one partition the first is kept; registrations and plans are all kept. */
function firsts(facts: readonly Logged<Fact>[], table: FactTable): Logged<Fact>[] {
  const kept = new Map<string, Logged<Fact>>();
  for (const fact of facts) {
    if (tableOf(fact.message) !== table) continue;
    const { partition } = fact.record;
    const name = `${partition} ${idOf(fact.message) ?? placeOf(fact.record)}`;
    if (!kept.has(name)) kept.set(name, fact);
  }
  return [...kept.values()];
}

function tableOf({ type }: Fact): FactTable {
  switch (type) {
    case 'ShopRegistered':
      return 'shop_registrations';
    case 'PlanAssigned':
      return 'plan_versions';
    case 'PurchaseAttributed':
    case 'OrderPlaced':
      return 'purchases';
    case 'PurchaseRefunded':
      return 'refunds';
    case 'InteractionRecorded':
      return 'interactions';
    case 'FxRateQuoted':
      return 'fx_quotes';
    default:
      return type satisfies never;
  }
}

/** What makes two facts one; null: every one counts. */
export function idOf(fact: Fact): string | null {
  switch (fact.type) {
    case 'PurchaseAttributed':
    case 'OrderPlaced':
      return `order ${fact.data.orderId}`;
    case 'PurchaseRefunded':
      return `refund ${fact.data.refundId}`;
    case 'InteractionRecorded':
      return `interaction ${fact.data.interactionId}`;
    case 'FxRateQuoted':
      return `quote ${fact.data.base} ${fact.data.quote} ${fact.data.asOf}`;
    case 'ShopRegistered':
    case 'PlanAssigned':
      return null;
    default:
      return fact satisfies never;
  }
}

function columnsOf(fact: Fact): Record<string, unknown> {
  switch (fact.type) {
    case 'ShopRegistered': {
      const { shopId, shopDomain, status, currency, occurredAt } = fact.data;
      return { shop_id: shopId, shop_domain: shopDomain, status, currency, occurred_at_ms: occurredAt };
    }
    case 'PlanAssigned': {
      const { data } = fact;
      return {
        ...{ shop_id: data.shopId, plan_id: data.planId, name: data.name, currency: data.currency },
        ...{ effective_from: data.effectiveFrom, effective_until: data.effectiveUntil, terms: data.terms },
        ...{ trial_threshold_minor: data.trialThresholdMinor, minimum_fee_minor: data.minimumFeeMinor },
        ...{ maximum_fee_minor: data.maximumFeeMinor, discount_rate_ppm: data.discountRatePpm },
        ...{ tax_rate_ppm: data.taxRatePpm, attribution_model: data.attributionModel },
        ...{ fraud_profile: data.fraudProfile, occurred_at_ms: data.occurredAt },
      };
    }
    case 'PurchaseAttributed':
      return { ...orderColumns(fact.data), ...shareColumns(fact.data.attributions), raw: false };
    case 'OrderPlaced': {
      const { lines, test, financialStatus } = fact.data;
      return {
        ...{ ...orderColumns(fact.data), ...shareColumns([]), raw: true, test, financial_status: financialStatus },
        line_product_ids: lines.map(({ productId }) => productId),
        line_quantities: lines.map(({ quantity }) => quantity),
        line_prices_minor: lines.map(({ priceMinor }) => priceMinor),
      };
    }
    case 'PurchaseRefunded': {
      const { shopId, refundId, orderId, occurredAt, currency, refundTotalMinor, attributions } = fact.data;
      const { channels, amounts_minor: amounts } = shareColumns(attributions ?? []);
      return {
        ...{ shop_id: shopId, refund_id: refundId, order_id: orderId, occurred_at_ms: occurredAt, currency },
        ...{ refund_total_minor: refundTotalMinor, channels: attributions && channels },
        amounts_minor: attributions && amounts,
      };
    }
    case 'InteractionRecorded': {
      const { data } = fact;
      return {
        ...{ shop_id: data.shopId, interaction_id: data.interactionId, occurred_at_ms: data.occurredAt },
        ...{ interaction_type: data.interactionType, channel: data.channel, session_id: data.sessionId },
        ...{ customer_id: data.customerId, product_id: data.productId, ip_address: data.ipAddress },
        user_agent: data.userAgent,
      };
    }
    case 'FxRateQuoted': {
      const { base, quote, asOf, rateUnscaled, rateScale } = fact.data;
      return { base, quote, as_of: asOf, rate_unscaled: rateUnscaled, rate_scale: rateScale };
    }
    default:
      return fact satisfies never;
  }
}

function orderColumns(data: Extract<Fact, { type: 'PurchaseAttributed' | 'OrderPlaced' }>['data']) {
  return {
    ...{ shop_id: data.shopId, order_id: data.orderId, occurred_at_ms: data.occurredAt, currency: data.currency },
    ...{ order_total_minor: data.orderTotalMinor, customer_id: data.customerId, session_id: data.sessionId },
    currency_exponent: data.currencyExponent,
  };
}

function shareColumns(attributions: readonly { readonly channel: string; readonly amountMinor: bigint }[]) {
  const byChannel = Map.groupBy(attributions, ({ channel }) => channel);
  const channels = [...byChannel.keys()].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  const amounts = channels.map((channel) => total(byChannel.get(channel)!.map(({ amountMinor }) => amountMinor)));
  return { channels, amounts_minor: amounts, attributed_minor: total(amounts) };
}
