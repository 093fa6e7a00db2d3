/** Carried credit: what decisions leave, use and give back. Called under the locks of the shops' heads. */
import { BillingError } from '../errors.ts';
import type { Client } from './postgres.ts';
import { creditGranted, type NewDecision } from './register.ts';

/** What moves credits. */
export type CreditMove = Parameters<typeof creditGranted>[0] &
  Pick<NewDecision, 'creditsUsed'> & { readonly shopSequence: number };

/** @throws BillingError REGISTER_CONFLICT when a credit is used that the shop never had */
export async function moveCredits(client: Client, decisions: readonly CreditMove[]): Promise<void> {
  const granted = decisions.flatMap((decision) => {
    const amountMinor = creditGranted(decision);
    return amountMinor === null ? [] : [{ decision, amountMinor }];
  });
  if (granted.length > 0) {
    await client.query(
      `insert into shop_credits (shop_id, bill_id, currency, amount_minor, shop_sequence)
       select * from unnest($1::text[], $2::text[], $3::text[], $4::bigint[], $5::int[])`,
      [
        granted.map(({ decision }) => decision.shopId),
        granted.map(({ decision }) => decision.billId),
        granted.map(({ decision }) => decision.currency),
        granted.map(({ amountMinor }) => amountMinor),
        granted.map(({ decision }) => decision.shopSequence),
      ],
    );
  }
  const used = decisions.flatMap(({ shopId, creditsUsed }) => creditsUsed.map((credit) => ({ shopId, ...credit })));
  if (used.length === 0) return;
  const { rowCount } = await client.query(
    `update shop_credits c set used_minor = c.used_minor + k.amount_minor
     from unnest($1::text[], $2::text[], $3::bigint[]) as k(shop_id, bill_id, amount_minor)
     where c.shop_id = k.shop_id and c.bill_id = k.bill_id`,
    [used.map(({ shopId }) => shopId), used.map(({ billId }) => billId), used.map(({ amountMinor }) => amountMinor)],
  );
  if (rowCount !== used.length) throw new BillingError('REGISTER_CONFLICT', 'A bill uses a credit that is not there.');
}
