/** Carried credits of the register in memory. */
import { BillingError } from '../errors.ts';
import { creditGranted, type LoggedDecision, type OpenCredit } from './register.ts';

/** What moves credits. */
type CreditMove = Parameters<typeof creditGranted>[0] & Pick<LoggedDecision, 'creditsUsed' | 'shopSequence'>;

interface Credit {
  readonly billId: string;
  readonly currency: string;
  readonly sequence: number;
  readonly amountMinor: bigint;
  readonly usedMinor: bigint;
}

export interface MemoryCredits {
  /** What is left of the shop's credits, oldest first. */
  open(shopId: string): OpenCredit[];
  /** What the decision leaves, uses and gives back. @throws BillingError REGISTER_CONFLICT */
  move(decision: CreditMove): void;
  copy(): MemoryCredits;
}

export function createMemoryCredits(before: ReadonlyMap<string, readonly Credit[]> = new Map()): MemoryCredits {
  const credits = new Map(before);
  const ofShop = (shopId: string): readonly Credit[] => credits.get(shopId) ?? [];

  function use(shopId: string, billId: string, amountMinor: bigint): void {
    const known = ofShop(shopId).find((credit) => credit.billId === billId);
    if (!known) throw new BillingError('REGISTER_CONFLICT', 'A bill uses a credit that is not there.');
    const usedMinor = known.usedMinor + amountMinor;
    if (usedMinor < 0n || usedMinor > known.amountMinor) {
      throw new BillingError(
        'REGISTER_CONFLICT',
        `Of credit ${billId}, ${usedMinor} of ${known.amountMinor} were used.`,
      );
    }
    credits.set(
      shopId,
      ofShop(shopId).map((credit) => (credit === known ? { ...known, usedMinor } : credit)),
    );
  }

  return {
    open: (shopId) =>
      ofShop(shopId)
        .filter(({ amountMinor, usedMinor }) => usedMinor < amountMinor)
        .map(({ billId, currency, sequence, amountMinor, usedMinor }) => ({
          ...{ billId, currency, sequence },
          remainingMinor: amountMinor - usedMinor,
        })),
    move(decision) {
      const { shopId, billId, currency, shopSequence, creditsUsed } = decision;
      const amountMinor = creditGranted(decision);
      if (amountMinor !== null) {
        const granted = { billId: billId!, currency: currency!, sequence: shopSequence };
        credits.set(shopId, [...ofShop(shopId), { ...granted, amountMinor, usedMinor: 0n }]);
      }
      for (const used of creditsUsed) use(shopId, used.billId, used.amountMinor);
    },
    copy: () => createMemoryCredits(credits),
  };
}
