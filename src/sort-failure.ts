/**
 * What is done about an error: the one place where that is decided. Pure; docs/decisions/0005 has the reasons,
 * docs/operations.md every code.
 */
import { RuleError } from './domain/rule-error.ts';
import { BillingError, ERRORS, type ErrorCode, type FailureKind } from './errors.ts';

/**
 * wait: nothing moves, the batch is tried again in place until it works · retry: this message is tried again later, in
 * the end a dead letter · dead-letter: this message is set aside at once · stop: the role ends without committing.
 */
export type FailureAction = 'wait' | 'retry' | 'dead-letter' | 'stop';

export interface SortedFailure {
  readonly action: FailureAction;
  readonly code: ErrorCode;
  readonly message: string;
  readonly kind: FailureKind;
}

/**
 * Sorts what was thrown while a batch was in hand. An error nobody foresaw says nothing about any message: a driver's
 * trouble, or the program's. So everything waits, and readiness says why.
 */
export function sortFailure(error: unknown): SortedFailure {
  if (isOurs(error)) return sortCode(error.code, error.message);
  return { action: 'wait', code: 'UNAVAILABLE', message: textOf(error), kind: 'infrastructure' };
}

/**
 * Sorts what one shop's pure decision threw. Pure code meets the same error again however long anybody waits: one that
 * nobody foresaw is this shop's own failure, and its neighbours go on.
 */
export function sortDecisionFailure(error: unknown): SortedFailure {
  return isOurs(error) ? sortCode(error.code, error.message) : sortCode('INTERNAL', textOf(error));
}

function sortCode(code: ErrorCode, message: string): SortedFailure {
  const { kind } = ERRORS[code];
  // What is missing in our own set-up is nobody's message.
  if (code === 'SETUP_MISSING' || code === 'CONFIG_INVALID') return { action: 'wait', code, message, kind };
  switch (kind) {
    case 'usage':
      return { action: 'dead-letter', code: 'REQUEST_INVALID', message, kind: ERRORS.REQUEST_INVALID.kind };
    case 'transient':
      return { action: 'retry', code, message, kind };
    case 'permanent':
    case 'poison':
      return { action: 'dead-letter', code, message, kind };
    case 'unreachable':
    case 'infrastructure':
      return { action: 'wait', code, message, kind };
    case 'invariant':
      return { action: 'stop', code, message, kind };
  }
}

const isOurs = (error: unknown) => error instanceof RuleError || error instanceof BillingError;

const textOf = (error: unknown): string => (error instanceof Error ? `${error.name}: ${error.message}` : String(error));
