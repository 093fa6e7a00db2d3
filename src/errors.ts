/**
 * Every error code of the product: what it means and what is done about it. A code, once released, keeps its meaning.
 * docs/operations.md lists the same table, and a test compares the two.
 */

/**
 * usage: the caller's mistake (exit 2, HTTP 4xx) · unreachable: a server is away (exit 3, HTTP 503) ·
 * infrastructure: the batch waits and is tried again · transient: this message is retried, then dead-lettered ·
 * permanent: this message is dead-lettered · poison: undecodable, dead-lettered · invariant: the role stops.
 */
export type FailureKind =
  'usage' | 'unreachable' | 'infrastructure' | 'transient' | 'permanent' | 'poison' | 'invariant';

export const ERRORS = {
  CONFIG_INVALID: { kind: 'usage', meaning: 'An environment variable is missing or malformed.' },
  USAGE: { kind: 'usage', meaning: 'A command or request was used in a way that has no meaning.' },
  PERIOD_INVALID: { kind: 'usage', meaning: 'A period is malformed, reversed, incomplete or not a calendar month.' },
  PERIOD_NOT_ENDED: { kind: 'usage', meaning: 'A live run was asked for a period that has not ended.' },
  REQUEST_INVALID: { kind: 'permanent', meaning: 'A request on the log cannot be carried out as it stands.' },
  NOT_FOUND: { kind: 'usage', meaning: 'The thing named does not exist.' },
  RUN_FINISHED: { kind: 'usage', meaning: 'The run has ended: there is nothing to cancel.' },
  DEAD_LETTER_SETTLED: { kind: 'usage', meaning: 'The dead letter was redriven or discarded before.' },
  REDRIVE_LIMIT: { kind: 'usage', meaning: 'The dead letter was sent back as often as is allowed.' },
  SETUP_MISSING: { kind: 'usage', meaning: 'Topics, schemas or tables are missing: run the set-up commands.' },
  KAFKA_UNREACHABLE: { kind: 'unreachable', meaning: 'No Kafka broker answers.' },
  POSTGRES_UNREACHABLE: { kind: 'unreachable', meaning: 'Postgres does not answer.' },
  REGISTRY_UNREACHABLE: { kind: 'unreachable', meaning: 'The schema registry does not answer.' },
  UNAVAILABLE: {
    kind: 'infrastructure',
    meaning: 'Postgres, Kafka or the registry failed while working; tried again.',
  },
  ISSUING_PAUSED: { kind: 'infrastructure', meaning: 'Issuing is paused: decisions wait until it is resumed.' },
  RUN_NOT_PLANNED: { kind: 'permanent', meaning: 'A shop request names a run that was never planned.' },
  HOLD_NOT_FOUND: {
    kind: 'permanent',
    meaning: 'A bill to be released or rejected does not exist, or was never held.',
  },
  HOLD_ALREADY_DECIDED: {
    kind: 'permanent',
    meaning: 'A hold was decided before.',
  },
  INVOICE_NOT_FOUND: {
    kind: 'permanent',
    meaning: 'An invoice to be voided or credited does not exist.',
  },
  INVOICE_VOIDED: {
    kind: 'permanent',
    meaning: 'An invoice to be credited was voided.',
  },
  INVOICE_CREDITED: {
    kind: 'permanent',
    meaning: 'An invoice to be voided has credit notes.',
  },
  CREDIT_EXCEEDS_INVOICE: {
    kind: 'permanent',
    meaning: 'A credit note is for more than what is left of its invoice.',
  },
  FACT_MALFORMED: { kind: 'permanent', meaning: 'A fact breaks a rule of its type.' },
  FACT_CONFLICT: {
    kind: 'permanent',
    meaning: 'A fact contradicts an earlier one with the same id; the first stands.',
  },
  RECORD_UNDECODABLE: { kind: 'poison', meaning: 'The bytes of a record are no message we know.' },
  PLAN_CURRENCY_CHANGED: { kind: 'permanent', meaning: 'Plan versions of one period have different currencies.' },
  PLAN_NOT_RATABLE: { kind: 'permanent', meaning: 'A plan version cannot be rated as it stands.' },
  FX_RATE_MISSING: { kind: 'transient', meaning: 'A fact needs a currency quote that is not there.' },
  RAW_ORDERS_NOT_RATABLE: {
    kind: 'permanent',
    meaning: 'Retired: version 0.1 could not attribute raw orders; no longer raised.',
  },
  AMOUNT_OVERFLOW: { kind: 'permanent', meaning: 'An amount left the range of 64 bit minor units.' },
  INTERNAL: { kind: 'permanent', meaning: 'The program met a state it has no rule for; see the message.' },
  REGISTER_CONFLICT: { kind: 'invariant', meaning: 'Register and log disagree.' },
  CLUSTER_CHANGED: { kind: 'invariant', meaning: 'This database belongs to another Kafka cluster.' },
  SCHEMA_CONFLICT: {
    kind: 'invariant',
    meaning: 'A record of our own names one schema and carries the id of another.',
  },
} as const satisfies Record<string, { kind: FailureKind; meaning: string }>;

export type ErrorCode = keyof typeof ERRORS;

/** The only error class thrown on purpose: a code, and a message that says what to do. */
export class BillingError extends Error {
  readonly code: ErrorCode;
  readonly details: Readonly<Record<string, unknown>>;

  constructor(code: ErrorCode, message: string, options: { cause?: unknown; details?: Record<string, unknown> } = {}) {
    super(message, { cause: options.cause });
    this.name = 'BillingError';
    this.code = code;
    this.details = options.details ?? {};
  }

  get kind(): FailureKind {
    return ERRORS[this.code].kind;
  }
}
