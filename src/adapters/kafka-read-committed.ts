/**
 * kafkajs 2.2.4 hides records of aborted transactions only when the broker lists those transactions in the order of
 * their first offsets; brokers list them in the order in which they were aborted. So an aborted record could be taken
 * for a committed one wherever two producers failed at about the same time. Here the list is applied as the Java
 * client does it. An aborted record is marked as a control record: hidden, but counted in the position.
 */
import type { Broker, Cluster, KafkaMessage } from 'kafkajs';

export type FetchedMessage = KafkaMessage & {
  isControlRecord: boolean;
  readonly batchContext: { readonly producerId: string; readonly inTransaction: boolean };
};

export interface FetchedPartition {
  readonly partition: number;
  readonly messages: FetchedMessage[];
  abortedTransactions?: { readonly producerId: string; readonly firstOffset: string }[] | null;
}

export interface FetchResponse {
  readonly responses: readonly { readonly topicName: string; readonly partitions: FetchedPartition[] }[];
}

/** Key of the marker that ends an aborted transaction: version 0, type 0. */
const ABORT_MARKER = Buffer.from([0, 0, 0, 0]);

/** Marks the aborted records of one fetched partition. */
export function hideAborted(fetched: FetchedPartition): void {
  const aborted = (fetched.abortedTransactions ?? []).map(({ producerId, firstOffset }) => ({
    producerId,
    firstOffset: BigInt(firstOffset),
  }));
  if (aborted.length === 0) return;
  aborted.sort((a, b) => (a.firstOffset < b.firstOffset ? -1 : a.firstOffset > b.firstOffset ? 1 : 0));
  const failing = new Set<string>();
  let next = 0;
  for (const message of fetched.messages) {
    const offset = BigInt(message.offset);
    while (next < aborted.length && aborted[next]!.firstOffset <= offset) failing.add(aborted[next++]!.producerId);
    const { producerId, inTransaction } = message.batchContext;
    if (message.isControlRecord) {
      if (message.key?.equals(ABORT_MARKER)) failing.delete(producerId);
    } else if (inTransaction && failing.has(producerId)) {
      message.isControlRecord = true;
    }
  }
  fetched.abortedTransactions = [];
}

/** Makes all fetches through this cluster hide aborted records. */
export function readCommittedOnly(cluster: Cluster): void {
  const repaired = new WeakSet<Broker>();
  const findBroker = cluster.findBroker.bind(cluster);
  cluster.findBroker = async (node) => {
    const broker = await findBroker(node);
    if (!repaired.has(broker)) {
      repaired.add(broker);
      const fetch = broker.fetch.bind(broker);
      broker.fetch = async (request) => {
        const response = (await fetch(request)) as FetchResponse;
        for (const { partitions } of response.responses) partitions.forEach(hideAborted);
        return response;
      };
    }
    return broker;
  };
}
