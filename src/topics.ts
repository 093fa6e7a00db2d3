/**
 * The map: which topic carries which messages, keyed by what, written and read by whom, kept how long.
 * ARCHITECTURE.md's table is generated from here, and a test checks that every schema and consumer appears.
 */
import type { MessageType } from './domain/messages.ts';

/** Names are without TOPIC_PREFIX; only the Kafka adapter adds it. */
export type TopicName = keyof typeof TOPICS;

export interface TopicSpec {
  readonly key: string;
  readonly messages: readonly MessageType[];
  readonly producers: readonly string[];
  readonly consumers: readonly string[];
  /** `sharded`: PARTITIONS partitions; `single`: one, because order across all keys matters or traffic is tiny. */
  readonly partitions: 'sharded' | 'single';
  /** Days, or for ever. Nothing is ever compacted. */
  readonly retentionDays: number | 'forever';
}

const FOREVER = 'forever' as const;
const SHOP_REQUESTS = [
  'ShopBillRequested',
  'HoldReleaseRequested',
  'HoldRejectRequested',
  'InvoiceVoidRequested',
  'CreditNoteRequested',
] as const satisfies readonly MessageType[];
const SHOP_EVENTS = [
  'ShopBillCalculated',
  'FraudFlagged',
  'InvoiceCreated',
  'ShopBillSkipped',
  'ShopBillFailed',
  'BillHoldReleased',
  'BillHoldRejected',
  'ShopBillDiverged',
  'InvoiceVoided',
  'CreditNoteIssued',
] as const satisfies readonly MessageType[];

/** Where a request waits for its next attempt. */
const retry = {
  key: 'shopId',
  messages: SHOP_REQUESTS,
  producers: ['bill-shop'],
  consumers: ['bill-shop'],
  partitions: 'sharded',
  retentionDays: 90,
} as const satisfies TopicSpec;

const deadLetters = (key: string, messages: readonly MessageType[], producer: string) =>
  ({
    key,
    messages,
    producers: [producer],
    consumers: ['project'],
    partitions: 'single',
    retentionDays: 90,
  }) as const satisfies TopicSpec;

const SHOPS = ['ShopRegistered', 'PlanAssigned'] as const satisfies readonly MessageType[];
const USAGE = [
  'PurchaseAttributed',
  'PurchaseRefunded',
  'InteractionRecorded',
  'OrderPlaced',
] as const satisfies readonly MessageType[];
const RUN_REQUESTS = ['BillingRunRequested', 'BillingRunCancelRequested'] as const satisfies readonly MessageType[];

export const TOPICS = {
  shops: {
    key: 'shopId',
    messages: SHOPS,
    producers: ['import-facts', 'redrive-dead-letters', 'any'],
    consumers: ['ingest-facts'],
    partitions: 'sharded',
    retentionDays: FOREVER,
  },
  usage: {
    key: 'shopId',
    messages: USAGE,
    producers: ['import-facts', 'redrive-dead-letters', 'any'],
    consumers: ['ingest-facts'],
    partitions: 'sharded',
    retentionDays: FOREVER,
  },
  'fx-rates': {
    key: 'base+quote',
    messages: ['FxRateQuoted'],
    producers: ['import-facts', 'redrive-dead-letters', 'any'],
    consumers: ['ingest-facts'],
    partitions: 'single',
    retentionDays: FOREVER,
  },
  'run-requests': {
    key: 'period',
    messages: RUN_REQUESTS,
    producers: ['request-billing-run', 'cancel-run', 'redrive-dead-letters', 'any'],
    consumers: ['plan-run'],
    partitions: 'single',
    retentionDays: FOREVER,
  },
  'run-events': {
    key: 'runId',
    messages: [
      'BillingRunStarted',
      'BillingRunCompleted',
      'BillingRunCancelled',
      'DeadLetterRedriven',
      'DeadLetterDiscarded',
      'IssuingPaused',
      'IssuingResumed',
    ],
    producers: ['plan-run', 'project', 'set-issuing', 'redrive-dead-letters', 'discard-dead-letters'],
    consumers: ['project'],
    partitions: 'single',
    retentionDays: FOREVER,
  },
  'shop-requests': {
    key: 'shopId',
    messages: SHOP_REQUESTS,
    producers: ['plan-run', 'request-hold-decision', 'request-invoice-change', 'redrive-dead-letters'],
    consumers: ['bill-shop'],
    partitions: 'sharded',
    retentionDays: FOREVER,
  },
  'shop-requests.retry-1': retry,
  'shop-requests.retry-2': retry,
  'shop-requests.retry-3': retry,
  events: {
    key: 'shopId',
    messages: SHOP_EVENTS,
    producers: ['bill-shop'],
    consumers: ['project'],
    partitions: 'sharded',
    retentionDays: FOREVER,
  },
  'dry-run-events': {
    key: 'shopId',
    messages: SHOP_EVENTS,
    producers: ['bill-shop'],
    consumers: ['project'],
    partitions: 'sharded',
    retentionDays: 14,
  },
  'shops.dlq': deadLetters('shopId', SHOPS, 'ingest-facts'),
  'usage.dlq': deadLetters('shopId', USAGE, 'ingest-facts'),
  'fx-rates.dlq': deadLetters('base+quote', ['FxRateQuoted'], 'ingest-facts'),
  'run-requests.dlq': deadLetters('period', RUN_REQUESTS, 'plan-run'),
  'shop-requests.dlq': deadLetters('shopId', SHOP_REQUESTS, 'bill-shop'),
} as const satisfies Record<string, TopicSpec>;

export const TOPIC_NAMES = Object.keys(TOPICS) as TopicName[];

/** The topics facts come in by: a run's pins are the ends of their partitions. */
export const FACT_TOPICS = ['shops', 'usage', 'fx-rates'] as const satisfies readonly TopicName[];

export const DEAD_LETTER_TOPICS = TOPIC_NAMES.filter((name) => name.endsWith('.dlq'));

/** Number of partitions of a topic. @param sharded value of PARTITIONS */
export function partitionCount(topic: TopicName, sharded: number): number {
  return TOPICS[topic].partitions === 'single' ? 1 : sharded;
}
