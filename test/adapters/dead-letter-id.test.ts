import { expect, test } from 'vitest';
import { parseDeadLetterId } from '../../src/adapters/dead-letter-id.ts';

test.each([
  ['shop-requests.dlq/0/17', { topic: 'shop-requests.dlq', partition: 0, offset: 17n }],
  ['usage.dlq/3/9007199254740993', { topic: 'usage.dlq', partition: 3, offset: 9_007_199_254_740_993n }],
  ['usage/0/1', null],
  ['nowhere.dlq/0/1', null],
  ['usage.dlq/0', null],
  ['usage.dlq/-1/1', null],
  ['usage.dlq/0/1e3', null],
  ['', null],
])('%s', (id, position) => {
  expect(parseDeadLetterId(id)).toEqual(position);
});
