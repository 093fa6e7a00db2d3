/** Where requests about shops come from, and which attempt a record is. */
import type { LogRecord } from '../adapters/log.ts';
import type { TopicName } from '../topics.ts';

/** One for each delay there may be, in order. */
export const RETRY_TOPICS = [
  'shop-requests.retry-1',
  'shop-requests.retry-2',
  'shop-requests.retry-3',
] as const satisfies readonly TopicName[];

/** Asked for, and tried again. */
export const SHOP_REQUEST_TOPICS: readonly TopicName[] = ['shop-requests', ...RETRY_TOPICS];

/** 1 on any topic a record was sent to, 2 to 4 on the retry topics. */
export function attemptOf({ topic }: Pick<LogRecord, 'topic'>): number {
  return RETRY_TOPICS.findIndex((retryTopic) => retryTopic === topic) + 2;
}
