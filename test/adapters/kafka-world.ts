import { randomBytes } from 'node:crypto';
import { systemClock } from '../../src/adapters/clock.ts';
import { createKafkaClient } from '../../src/adapters/kafka-client.ts';
import { openCluster } from '../../src/adapters/kafka-cluster.ts';
import { onceStarted } from '../../src/adapters/kafka-errors.ts';
import { createKafkaLog } from '../../src/adapters/kafka-log.ts';
import type { Log } from '../../src/adapters/log.ts';
import { silentLogger } from '../../src/adapters/logger.ts';
import { createMemoryPublicationMarks } from '../../src/adapters/memory-publication-marks.ts';
import { applyTopics } from '../../src/adapters/topics-apply.ts';
import type { TopicName } from '../../src/topics.ts';

/** All topics under a prefix of their own on a real cluster; `close` removes them again. */
export async function makeKafkaWorld(kafka: string) {
  const prefix = `test-${randomBytes(4).toString('hex')}.`;
  const connection = { brokers: [kafka], clientId: 'test', logger: silentLogger };
  const { created } = await applyTopics({ ...connection, topicPrefix: prefix, partitions: 4 });
  const marks = createMemoryPublicationMarks();
  const logs: Log[] = [];
  const admin = createKafkaClient(connection).admin();
  await admin.connect();
  const opened = await openCluster(createKafkaClient(connection), connection.brokers);
  return {
    prefix,
    connection,
    marks,
    process: (own = marks) => {
      const log = createKafkaLog({ ...connection, topicPrefix: prefix, marks: own, clock: systemClock });
      logs.push(log);
      return log;
    },
    /** As Kafka's own tool does it: a commit without being a member. */
    resetOffset: async (group: string, topic: TopicName, partition: number, offset: bigint) => {
      const groupId = prefix + group;
      const partitions = [{ partition, offset: offset.toString() }];
      const topics = [{ topic: prefix + topic, partitions }];
      await onceStarted(systemClock, async () => {
        const coordinator = await opened.cluster.findGroupCoordinator({ groupId });
        await coordinator.offsetCommit({ groupId, groupGenerationId: -1, memberId: '', topics });
      });
    },
    close: async () => {
      await Promise.all(logs.map((log) => log.close()));
      await admin.deleteTopics({ topics: created });
      await Promise.all([admin.disconnect(), opened.close()]);
    },
  };
}
