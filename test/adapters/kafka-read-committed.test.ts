import { expect, test } from 'vitest';
import { hideAborted } from '../../src/adapters/kafka-read-committed.ts';
import type { FetchedMessage, FetchedPartition } from '../../src/adapters/kafka-read-committed.ts';

const COMMIT = Buffer.from([0, 0, 0, 1]);
const ABORT = Buffer.from([0, 0, 0, 0]);

const message = (offset: number, producerId: string, control?: Buffer, inTransaction = true): FetchedMessage =>
  ({
    offset: String(offset),
    key: control ?? Buffer.from('k'),
    isControlRecord: control !== undefined,
    batchContext: { producerId, inTransaction },
  }) as unknown as FetchedMessage;

function visible(fetched: FetchedPartition): number[] {
  hideAborted(fetched);
  return fetched.messages.filter(({ isControlRecord }) => !isControlRecord).map(({ offset }) => Number(offset));
}

test('two interleaved aborted transactions are hidden, though listed in the order of their ends', () => {
  const messages = [
    message(5, 'B'),
    message(6, 'C', undefined, false),
    message(10, 'A'),
    message(11, 'A', ABORT),
    message(12, 'B'),
    message(13, 'B', ABORT),
    message(14, 'A'),
    message(15, 'A', COMMIT),
  ];
  const abortedTransactions = [
    { producerId: 'A', firstOffset: '10' },
    { producerId: 'B', firstOffset: '5' },
  ];
  expect(visible({ partition: 0, messages, abortedTransactions })).toEqual([6, 14]);
});

test('a fetch that begins inside two aborted transactions shows neither', () => {
  const messages = [message(20, 'B'), message(21, 'A'), message(22, 'A', ABORT), message(23, 'B', ABORT)];
  const abortedTransactions = [
    { producerId: 'A', firstOffset: '3' },
    { producerId: 'B', firstOffset: '4' },
  ];
  expect(visible({ partition: 0, messages, abortedTransactions })).toEqual([]);
});

test('without aborted transactions everything is left as it came', () => {
  const messages = [message(1, 'A'), message(2, 'A', COMMIT)];
  expect(visible({ partition: 0, messages, abortedTransactions: null })).toEqual([1]);
});
