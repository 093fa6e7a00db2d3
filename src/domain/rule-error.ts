/** A billing rule that could not be followed: `code` is one of the codes in errors.ts. */
export type RuleCode =
  | 'PERIOD_INVALID'
  | 'PERIOD_NOT_ENDED'
  | 'PLAN_CURRENCY_CHANGED'
  | 'PLAN_NOT_RATABLE'
  | 'FX_RATE_MISSING'
  | 'AMOUNT_OVERFLOW'
  | 'FACT_MALFORMED'
  | 'REQUEST_INVALID'
  | 'HOLD_NOT_FOUND'
  | 'HOLD_ALREADY_DECIDED'
  | 'INVOICE_NOT_FOUND'
  | 'INVOICE_VOIDED'
  | 'INVOICE_CREDITED'
  | 'CREDIT_EXCEEDS_INVOICE';

/** Thrown when a rule cannot be followed on the facts or the request as they are; the message says what to do. */
export class RuleError extends Error {
  readonly code: RuleCode;

  constructor(code: RuleCode, message: string) {
    super(message);
    this.name = 'RuleError';
    this.code = code;
  }
}
