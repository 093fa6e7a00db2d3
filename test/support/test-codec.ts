import { createAvroCodec, subjectOf } from '../../src/adapters/avro-codec.ts';
import type { Codec } from '../../src/adapters/codec.ts';
import type { LogRecord, OutRecord } from '../../src/adapters/log.ts';
import { loadSchemaFiles } from '../../src/adapters/schema-files.ts';
import { TOPIC_NAMES, TOPICS } from '../../src/topics.ts';

const PREFIX = 'test.';
const SUBJECTS = TOPIC_NAMES.flatMap((topic) => TOPICS[topic].messages.map((type) => subjectOf(PREFIX, topic, type)));

/** The real codec over the frozen schemas, as if a registry had given its ids; it knows no foreign ones. */
export function testCodec(): Codec {
  return createAvroCodec({
    schemas: loadSchemaFiles(),
    subjectIds: new Map(SUBJECTS.map((subject, index) => [subject, index + 1])),
    fetchForeign: async () => null,
    topicPrefix: PREFIX,
  });
}

/** A record as it would be read from the log at this place. */
export function asRead(record: OutRecord, place: Partial<LogRecord> = {}): LogRecord {
  return { ...record, partition: 0, offset: 0n, timestamp: Date.UTC(2026, 10, 1), ...place };
}
