/** Envelope ↔ record headers: CloudEvents in the binary mode of its Kafka binding, values as UTF-8 strings. */
import type { MessageType } from '../domain/messages.ts';
import { isId } from '../domain/text.ts';
import type { Envelope } from './codec.ts';
import type { LogRecord } from './log.ts';

type Headers = Record<string, string>;

export function toHeaders(type: MessageType, dataSchema: string, source: string, envelope: Envelope): Headers {
  const headers: Headers = {
    ce_specversion: '1.0',
    ce_id: envelope.id,
    ce_type: type,
    ce_source: source,
    ce_time: new Date(envelope.time).toISOString(),
    'content-type': 'application/avro',
    ce_dataschema: dataSchema,
  };
  if (envelope.correlationId !== null) headers['ce_correlationid'] = envelope.correlationId;
  if (envelope.causationId !== null) headers['ce_causationid'] = envelope.causationId;
  if (envelope.traceparent !== undefined) headers['traceparent'] = envelope.traceparent;
  if (envelope.requestPosition !== undefined) headers['request-position'] = envelope.requestPosition;
  return headers;
}

/** A record without the headers, a foreign one, is named by its place and dated by the log; what is no id is left out. */
export function fromHeaders(record: LogRecord): Envelope {
  const { headers } = record;
  const id = (name: string) => (isId(headers[name] ?? '') ? headers[name] : undefined);
  const time = Date.parse(headers['ce_time'] ?? '');
  const traceparent = headers['traceparent'];
  const requestPosition = headers['request-position'];
  return {
    id: id('ce_id') || `${record.topic}/${record.partition}/${record.offset}`,
    correlationId: id('ce_correlationid') ?? null,
    causationId: id('ce_causationid') ?? null,
    time: Number.isNaN(time) ? record.timestamp : time,
    ...(traceparent === undefined ? {} : { traceparent }),
    ...(requestPosition === undefined ? {} : { requestPosition }),
  };
}
