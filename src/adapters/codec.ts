/** The port between bytes and messages: Confluent wire format, CloudEvents headers, frozen schemas. avro-codec.ts. */
import type { Message, MessageByType, MessageType } from '../domain/messages.ts';
import type { TopicName } from '../topics.ts';
import type { LogRecord, OutRecord } from './log.ts';

/** The CloudEvents side of a record. */
export interface Envelope {
  readonly id: string;
  /** The run. */
  readonly correlationId: string | null;
  /** Id of the event or request that caused this one. */
  readonly causationId: string | null;
  /** `ce_time`, epoch milliseconds. */
  readonly time: number;
  readonly traceparent?: string;
  /** Where the request stands that an event answers: topic/partition/offset. Header `request-position`. */
  readonly requestPosition?: string;
}

export interface Decoded {
  readonly record: LogRecord;
  readonly message: Message;
  readonly envelope: Envelope;
}

export interface Undecodable {
  readonly record: LogRecord;
  readonly problem: string;
}

export interface Codec {
  /** Encodes under the subject `<topic with prefix>-billing.<type>`. */
  encode<T extends MessageType>(
    topic: TopicName,
    key: string,
    type: T,
    data: MessageByType[T],
    envelope: Envelope,
  ): OutRecord;
  /**
   * Encodes all but the last field, a string, which is appended by the returned function: what is known only inside a
   * lock is put in there, and everything else outside it. `data` holds '' for that field.
   */
  encodeOpen<T extends MessageType>(
    topic: TopicName,
    key: string,
    type: T,
    data: MessageByType[T],
    envelope: Envelope,
  ): (lastField: string) => OutRecord;
  /**
   * Decodes a batch, aligned. Our own records resolve by `ce_dataschema` from frozen files, foreign ones by the
   * registry (fetched once per id). A record nobody can decode is not an exception but an Undecodable; a registry
   * that does not answer is an exception (UNAVAILABLE). A BillingRunRequested may be plain JSON.
   */
  decode(records: readonly LogRecord[]): Promise<(Decoded | Undecodable)[]>;
}
