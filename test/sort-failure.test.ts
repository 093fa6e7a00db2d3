import { KafkaJSConnectionError, KafkaJSProtocolError } from 'kafkajs';
import pg from 'pg';
import { describe, expect, test } from 'vitest';
import { RuleError } from '../src/domain/rule-error.ts';
import { BillingError, ERRORS, type ErrorCode } from '../src/errors.ts';
import { sortDecisionFailure, sortFailure, type FailureAction } from '../src/sort-failure.ts';

/** Every code, said once more by hand: a new one has to be thought about here. */
const ACTIONS: Record<ErrorCode, FailureAction> = {
  CONFIG_INVALID: 'wait',
  USAGE: 'dead-letter',
  PERIOD_INVALID: 'dead-letter',
  PERIOD_NOT_ENDED: 'dead-letter',
  REQUEST_INVALID: 'dead-letter',
  NOT_FOUND: 'dead-letter',
  RUN_FINISHED: 'dead-letter',
  DEAD_LETTER_SETTLED: 'dead-letter',
  REDRIVE_LIMIT: 'dead-letter',
  SETUP_MISSING: 'wait',
  KAFKA_UNREACHABLE: 'wait',
  POSTGRES_UNREACHABLE: 'wait',
  REGISTRY_UNREACHABLE: 'wait',
  UNAVAILABLE: 'wait',
  ISSUING_PAUSED: 'wait',
  RUN_NOT_PLANNED: 'dead-letter',
  HOLD_NOT_FOUND: 'dead-letter',
  HOLD_ALREADY_DECIDED: 'dead-letter',
  INVOICE_NOT_FOUND: 'dead-letter',
  INVOICE_VOIDED: 'dead-letter',
  INVOICE_CREDITED: 'dead-letter',
  CREDIT_EXCEEDS_INVOICE: 'dead-letter',
  FACT_MALFORMED: 'dead-letter',
  FACT_CONFLICT: 'dead-letter',
  RECORD_UNDECODABLE: 'dead-letter',
  PLAN_CURRENCY_CHANGED: 'dead-letter',
  PLAN_NOT_RATABLE: 'dead-letter',
  FX_RATE_MISSING: 'retry',
  RAW_ORDERS_NOT_RATABLE: 'dead-letter',
  AMOUNT_OVERFLOW: 'dead-letter',
  INTERNAL: 'dead-letter',
  REGISTER_CONFLICT: 'stop',
  CLUSTER_CHANGED: 'stop',
  SCHEMA_CONFLICT: 'stop',
};

const CODES = Object.entries(ACTIONS) as [ErrorCode, FailureAction][];

test('the table names every code', () => {
  expect(Object.keys(ACTIONS).sort()).toEqual(Object.keys(ERRORS).sort());
});

test.each(CODES)('%s → %s, wherever it was thrown', (code, action) => {
  const error = new BillingError(code, 'what happened');

  for (const sorted of [sortFailure(error), sortDecisionFailure(error)]) {
    expect(sorted.action).toBe(action);
    expect(sorted.message).toBe('what happened');
    // A caller's mistake, met on the log, is a request that cannot be carried out.
    const isMistake = ERRORS[code].kind === 'usage' && action === 'dead-letter';
    expect(sorted.code).toBe(isMistake ? 'REQUEST_INVALID' : code);
    expect(sorted.kind).toBe(ERRORS[sorted.code].kind);
  }
});

test.each([
  ['FX_RATE_MISSING', 'retry', 'FX_RATE_MISSING'],
  ['PLAN_NOT_RATABLE', 'dead-letter', 'PLAN_NOT_RATABLE'],
  ['PERIOD_INVALID', 'dead-letter', 'REQUEST_INVALID'],
] as const)('a rule that cannot be followed: %s → %s', (code, action, as) => {
  expect(sortFailure(new RuleError(code, 'why'))).toMatchObject({ action, code: as, message: 'why' });
});

describe('an error nobody foresaw', () => {
  test.each([
    ['kafkajs: a lost connection', new KafkaJSConnectionError('Connection timeout', {}), 'Connection timeout'],
    [
      'kafkajs: an answer of the broker',
      new KafkaJSProtocolError({ type: 'NOT_LEADER_FOR_PARTITION', code: 6 } as never),
      'KafkaJSProtocolError',
    ],
    ['pg: an answer of the server', new pg.DatabaseError('division by zero', 1, 'error'), 'division by zero'],
    ['a mistake of the program', new TypeError('x is not a function'), 'TypeError: x is not a function'],
    ['no error at all', 'only text', 'only text'],
    ['nothing', undefined, 'undefined'],
  ])('%s → wait; in one shop’s pure decision this shop’s failure', (_, error, text) => {
    expect(sortFailure(error)).toMatchObject({ action: 'wait', code: 'UNAVAILABLE', kind: 'infrastructure' });
    expect(sortFailure(error).message).toContain(text);
    expect(sortDecisionFailure(error)).toMatchObject({ action: 'dead-letter', code: 'INTERNAL', kind: 'permanent' });
    expect(sortDecisionFailure(error).message).toContain(text);
  });
});
