/** What every ledger says about a batch, however it stores it. */
import type { Fact } from '../domain/facts.ts';
import type { LogPosition } from '../domain/log-position.ts';
import { BillingError } from '../errors.ts';
import { TOPICS } from '../topics.ts';
import type { AppendBatch, FactConflict, LedgerEntry } from './ledger.ts';

/** Each fact is read by the pins of its own topic. @throws BillingError INTERNAL when one came by another topic */
export function refuseStrays({ topic, entries }: AppendBatch): void {
  const messages: readonly string[] = TOPICS[topic].messages;
  const stray = entries.find(({ fact }) => !messages.includes(fact.type));
  if (stray) throw new BillingError('INTERNAL', `${stray.fact.type} is no message of the topic ${topic}.`);
}

export function conflictOf(entry: LedgerEntry, earlier: LogPosition): FactConflict {
  const at = `${earlier.topic}/${earlier.partition}/${earlier.offset}`;
  return { entry, message: `${nameOf(entry.fact)} contradicts the one at ${at}.` };
}

/** What a person would call the fact. */
function nameOf(fact: Fact): string {
  switch (fact.type) {
    case 'PurchaseAttributed':
    case 'OrderPlaced':
      return `${fact.type} of order ${fact.data.orderId} of shop ${fact.data.shopId}`;
    case 'PurchaseRefunded':
      return `${fact.type} ${fact.data.refundId} of shop ${fact.data.shopId}`;
    case 'InteractionRecorded':
      return `${fact.type} ${fact.data.interactionId} of shop ${fact.data.shopId}`;
    case 'FxRateQuoted':
      return `${fact.type} ${fact.data.base}/${fact.data.quote} as of ${fact.data.asOf}`;
    case 'ShopRegistered':
    case 'PlanAssigned':
      return `${fact.type} of shop ${fact.data.shopId}`;
    default:
      return fact satisfies never;
  }
}
