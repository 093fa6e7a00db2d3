/** Registrations and plan versions: every one is kept, as it was recorded. */
import type { FraudProfile, PlanAssigned, PlanTerms } from '../domain/facts.ts';
import type { Pin, Recorded } from '../domain/log-position.ts';
import type { PlanVersion, ShopRecord, ShopStatus } from '../domain/shop-facts.ts';
import type { OnceEntry } from './postgres-ledger-once.ts';
import { pinsOf, within } from './postgres-ledger-pins.ts';
import type { FactOf } from './postgres-ledger-tables.ts';
import { query, type Client, type Pool } from './postgres.ts';

export async function appendRegistrations(
  client: Client,
  partition: number,
  entries: readonly OnceEntry<FactOf<'ShopRegistered'>>[],
): Promise<void> {
  if (entries.length === 0) return;
  const facts = entries.map((entry) => entry.fact.data);
  await client.query(
    `insert into shop_registrations
       (log_partition, log_offset, recorded_at_ms, shop_id, shop_domain, status, currency, occurred_at_ms)
     select $1::int, k.* from unnest($2::bigint[], $3::bigint[], $4::text[], $5::text[], $6::text[], $7::text[],
       $8::bigint[]) as k
     on conflict (log_partition, log_offset) do nothing`,
    [
      partition,
      entries.map((entry) => entry.position.offset),
      entries.map((entry) => entry.recordedAt),
      facts.map((fact) => fact.shopId),
      facts.map((fact) => fact.shopDomain),
      facts.map((fact) => fact.status),
      facts.map((fact) => fact.currency),
      facts.map((fact) => fact.occurredAt),
    ],
  );
}

export async function appendPlans(
  client: Client,
  partition: number,
  entries: readonly OnceEntry<FactOf<'PlanAssigned'>>[],
): Promise<void> {
  if (entries.length === 0) return;
  const facts = entries.map((entry) => entry.fact.data);
  await client.query(
    `insert into plan_versions
       (log_partition, log_offset, recorded_at_ms, shop_id, plan_id, name, currency, currency_exponent, effective_from,
        effective_until, terms, trial_threshold_minor, minimum_fee_minor, maximum_fee_minor, discount_rate_ppm,
        tax_rate_ppm, attribution_model, fraud_profile, occurred_at_ms)
     select $1::int, k.* from unnest($2::bigint[], $3::bigint[], $4::text[], $5::text[], $6::text[], $7::text[],
       $8::int[], $9::text[], $10::text[], $11::jsonb[], $12::bigint[], $13::bigint[], $14::bigint[], $15::int[],
       $16::int[], $17::text[], $18::jsonb[], $19::bigint[]) as k
     on conflict (log_partition, log_offset) do nothing`,
    [
      partition,
      entries.map((entry) => entry.position.offset),
      entries.map((entry) => entry.recordedAt),
      facts.map((fact) => fact.shopId),
      facts.map((fact) => fact.planId),
      facts.map((fact) => fact.name),
      facts.map((fact) => fact.currency),
      facts.map((fact) => fact.currencyExponent),
      facts.map((fact) => fact.effectiveFrom),
      facts.map((fact) => fact.effectiveUntil),
      facts.map((fact) => toJson(fact.terms)),
      facts.map((fact) => fact.trialThresholdMinor),
      facts.map((fact) => fact.minimumFeeMinor),
      facts.map((fact) => fact.maximumFeeMinor),
      facts.map((fact) => fact.discountRatePpm),
      facts.map((fact) => fact.taxRatePpm),
      facts.map((fact) => fact.attributionModel),
      facts.map((fact) => fact.fraudProfile && toJson(fact.fraudProfile)),
      facts.map((fact) => fact.occurredAt),
    ],
  );
}

/** Registrations and plan versions of the shops within the pins, in the order they were recorded. */
export async function loadShops(
  pool: Pool,
  { shopIds, pins }: { shopIds: readonly string[]; pins: readonly Pin[] },
): Promise<Map<string, ShopRecord>> {
  const [registrations, plans] = await Promise.all([
    query<RegistrationRow>(pool, ofShops('shop_registrations'), [[...new Set(shopIds)], pinsOf('shops', pins)]),
    query<PlanRow>(pool, ofShops('plan_versions'), [[...new Set(shopIds)], pinsOf('shops', pins)]),
  ]);
  const shops = new Map<string, { shopId: string; registrations: ShopStatus[]; plans: PlanVersion[] }>();
  const shop = (shopId: string) => {
    const known = shops.get(shopId) ?? { shopId, registrations: [], plans: [] };
    shops.set(shopId, known);
    return known;
  };
  for (const row of registrations.rows) shop(row.shop_id).registrations.push(toRegistration(row));
  for (const row of plans.rows) shop(row.shop_id).plans.push(toPlan(row));
  return shops;
}

/** `offset 0` keeps the planner on the index, shop by shop, whatever it believes about the table. */
const ofShops = (table: string): string => `
  select t.* from unnest($1::text[]) as k(shop_id)
  cross join lateral (select * from ${table} t where t.shop_id = k.shop_id and ${within('t', '$2')} offset 0) t
  order by t.recorded_at_ms, t.log_partition, t.log_offset`;

/** Registered shops within the pins, in order of id. */
export async function shopIds(
  pool: Pool,
  { after, limit, pins }: { after: string | null; limit: number; pins: readonly Pin[] },
): Promise<string[]> {
  const { rows } = await query<{ shop_id: string }>(
    pool,
    `select distinct shop_id from shop_registrations t
     where ${within('t', '$1')} ${after === null ? '' : 'and shop_id > $3'} order by shop_id limit $2`,
    [pinsOf('shops', pins), limit, ...(after === null ? [] : [after])],
  );
  return rows.map((row) => row.shop_id);
}

interface RecordedRow {
  recorded_at_ms: bigint;
  log_partition: number;
  log_offset: bigint;
  occurred_at_ms: bigint;
  shop_id: string;
  currency: string;
}

interface RegistrationRow extends RecordedRow {
  shop_domain: string;
  status: string;
}

interface PlanRow extends RecordedRow {
  plan_id: string;
  name: string;
  currency_exponent: number;
  effective_from: string;
  effective_until: string | null;
  terms: PlanTerms;
  trial_threshold_minor: bigint;
  minimum_fee_minor: bigint | null;
  maximum_fee_minor: bigint | null;
  discount_rate_ppm: number;
  tax_rate_ppm: number;
  attribution_model: PlanAssigned['attributionModel'];
  fraud_profile: FraudProfile | null;
}

const toRecorded = (row: RecordedRow): Recorded => ({
  position: { topic: 'shops', partition: row.log_partition, offset: row.log_offset },
  recordedAt: Number(row.recorded_at_ms),
});

const toRegistration = (row: RegistrationRow): ShopStatus => ({
  shopId: row.shop_id,
  shopDomain: row.shop_domain,
  status: row.status,
  currency: row.currency,
  occurredAt: Number(row.occurred_at_ms),
  ...toRecorded(row),
});

const toPlan = (row: PlanRow): PlanVersion => ({
  shopId: row.shop_id,
  planId: row.plan_id,
  name: row.name,
  currency: row.currency,
  currencyExponent: row.currency_exponent,
  effectiveFrom: row.effective_from,
  effectiveUntil: row.effective_until,
  terms: toTerms(row.terms),
  trialThresholdMinor: row.trial_threshold_minor,
  minimumFeeMinor: row.minimum_fee_minor,
  maximumFeeMinor: row.maximum_fee_minor,
  discountRatePpm: row.discount_rate_ppm,
  taxRatePpm: row.tax_rate_ppm,
  attributionModel: row.attribution_model,
  fraudProfile: row.fraud_profile && toFraudProfile(row.fraud_profile),
  occurredAt: Number(row.occurred_at_ms),
  ...toRecorded(row),
});

const toJson = (value: object): string =>
  JSON.stringify(value, (_, item: unknown) => (typeof item === 'bigint' ? String(item) : item));

/** JSON kept the amounts as text. */
const amount = (stored: bigint | null): bigint | null => (stored === null ? null : BigInt(stored));

const toTerms = (stored: PlanTerms): PlanTerms => ({
  ...stored,
  tiers: stored.tiers?.map((tier) => ({ ...tier, upToMinor: amount(tier.upToMinor) })) ?? null,
  baseFeeMinor: amount(stored.baseFeeMinor),
  unitPriceMinor: amount(stored.unitPriceMinor),
});

const toFraudProfile = (stored: FraudProfile): FraudProfile => ({
  ...stored,
  maxRevenuePerHourMinor: amount(stored.maxRevenuePerHourMinor),
  maxRevenuePerDayMinor: amount(stored.maxRevenuePerDayMinor),
});
