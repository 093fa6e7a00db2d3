/** A BillingRunRequested as plain JSON, so that a console producer can trigger a run. */
import type { BillingRunRequested, Trigger, TriggerSource } from '../domain/requests.ts';
import type { LogRecord } from './log.ts';

const SOURCES: readonly TriggerSource[] = ['api', 'cron', 'github', 'cli', 'producer'];
const FIELDS = [
  'type',
  'runId',
  'period',
  'periodStart',
  'periodEnd',
  'shopIds',
  'dryRun',
  'force',
  'trigger',
  'requestedAt',
];
const TRIGGER_FIELDS = ['source', 'actor', 'deliveryId'];
/** ISO 8601 with an offset: a time without one means another instant on every machine. */
const INSTANT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:?\d{2})$/;

export const looksLikeJson = (record: LogRecord): boolean =>
  (record.topic === 'run-requests' || record.topic === 'run-requests.dlq') && record.value?.[0] === 0x7b;

/**
 * Reads the request; whatever is left out has its default. Unknown fields are refused: a misspelt `dryRun` would
 * otherwise start a live run.
 * @throws Error that says what is wrong
 */
export function parseRunRequest(record: LogRecord): BillingRunRequested {
  const json = objectOf(
    JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(record.value)),
    'the request',
    FIELDS,
  );
  if (json['type'] !== undefined && json['type'] !== 'BillingRunRequested') {
    throw new Error('type must be BillingRunRequested where it is given');
  }
  return {
    runId: stringOf(json, 'runId'),
    period: stringOf(json, 'period'),
    periodStart: stringOf(json, 'periodStart'),
    periodEnd: stringOf(json, 'periodEnd'),
    shopIds: shopIdsOf(json['shopIds']),
    dryRun: booleanOf(json, 'dryRun'),
    force: booleanOf(json, 'force'),
    trigger: triggerOf(json['trigger']),
    requestedAt: instantOf(json['requestedAt'], record.timestamp),
  };
}

type Json = Readonly<Record<string, unknown>>;

function objectOf(value: unknown, what: string, known: readonly string[]): Json {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new Error(`${what} is not an object`);
  const unknown = Object.keys(value).find((field) => !known.includes(field));
  if (unknown !== undefined) throw new Error(`unknown field ${unknown} in ${what} (known are ${known.join(', ')})`);
  return value as Json;
}

function stringOf(json: Json, field: string): string | null {
  const value = json[field] ?? null;
  if (value !== null && (typeof value !== 'string' || value === '')) throw new Error(`${field} is not a string`);
  return value;
}

function booleanOf(json: Json, field: string): boolean {
  const value = json[field] ?? false;
  if (typeof value !== 'boolean') throw new Error(`${field} is neither true nor false`);
  return value;
}

function shopIdsOf(value: unknown): string[] | null {
  if (value === undefined || value === null) return null;
  if (!Array.isArray(value) || !value.every((id) => typeof id === 'string' && id !== '')) {
    throw new Error('shopIds is not a list of strings');
  }
  return value as string[];
}

function triggerOf(value: unknown): Trigger {
  if (value === undefined || value === null) return { source: 'producer', actor: null, deliveryId: null };
  const json = objectOf(value, 'trigger', TRIGGER_FIELDS);
  const source = SOURCES.find((known) => known === (json['source'] ?? 'producer'));
  if (source === undefined) throw new Error(`trigger.source must be one of ${SOURCES.join(', ')}`);
  return { source, actor: stringOf(json, 'actor'), deliveryId: stringOf(json, 'deliveryId') };
}

function instantOf(value: unknown, fallback: number): number {
  if (value === undefined || value === null) return fallback;
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return value;
  const time = typeof value === 'string' && INSTANT.test(value) ? Date.parse(value) : NaN;
  if (Number.isNaN(time)) {
    throw new Error('requestedAt is neither epoch milliseconds nor an ISO 8601 time with an offset');
  }
  return time;
}
