/**
 * Carried credit: a bill below zero leaves what it is short of; later bills of the same currency use it, oldest first,
 * down to zero; a bill that is rejected or voided gives back what it used. Worked out from the log, shop by shop.
 */
import type { SeenDecision } from './decisions.ts';
import { grouped, type Bill } from './observed.ts';

interface Credit {
  readonly billId: string;
  readonly currency: string;
  left: bigint;
}

/** @param dry dry runs are shown with the credits that are open, and use none */
export function checkCredits(live: readonly SeenDecision[], dry: readonly SeenDecision[]): string[] {
  const dryByShop = grouped(dry, ({ shopId }) => shopId);
  return [...grouped([...live, ...dry], ({ shopId }) => shopId)].flatMap(([shopId, all]) => {
    const decisions = all.filter(({ dryRun }) => !dryRun).sort((a, b) => a.sequence - b.sequence);
    const shown = dryByShop.get(shopId) ?? [];
    return follow(decisions, shown);
  });
}

function follow(decisions: readonly SeenDecision[], shown: readonly SeenDecision[]): string[] {
  const violations: string[] = [];
  const open: Credit[] = [];
  const bills = new Map<string, Bill>();
  const check = (bill: Bill) => {
    const due = spend(open, bill);
    const told = bill.creditsApplied.map(({ billId, amountMinor }) => `${amountMinor} of ${billId}`).join(', ');
    const expected = due.map(({ credit, amount }) => `${amount} of ${credit.billId}`).join(', ');
    if (told !== expected) {
      const place = `${bill.shopId} at ${bill.shopSequence}${bill.dryRun ? ', dry' : ''}`;
      violations.push(`${place}: its credit is ${told || 'none'}, not ${expected || 'none'}`);
    }
    return due;
  };
  const showAt = (sequence: number) =>
    shown.forEach(({ bill, sequence: head }) => void (bill !== null && head === sequence && check(bill)));

  showAt(0);
  for (const { sequence, bill, outcome, billId } of decisions) {
    if (bill !== null) {
      for (const { credit, amount } of check(bill)) credit.left -= amount;
      bills.set(bill.billId, bill);
      if (bill.outcome === 'credit') {
        open.push({ billId: bill.billId, currency: bill.currency, left: -bill.totalMinor });
      }
    }
    if (outcome === 'voided' || outcome === 'rejected') {
      for (const { billId: from, amountMinor } of bills.get(billId ?? '')?.creditsApplied ?? []) {
        for (const credit of open) if (credit.billId === from) credit.left += amountMinor;
      }
    }
    showAt(sequence);
  }
  return violations;
}

function spend(open: readonly Credit[], bill: Bill): { credit: Credit; amount: bigint }[] {
  let payable = bill.subtotalMinor - bill.discountMinor + bill.taxMinor;
  return open.flatMap((credit) => {
    if (credit.currency !== bill.currency || credit.left <= 0n || payable <= 0n) return [];
    const amount = credit.left < payable ? credit.left : payable;
    payable -= amount;
    return [{ credit, amount }];
  });
}
