/** The JSON Schemas of what goes out, shared by all routes; OpenAPI's components. What comes in is in schemas-in.ts. */
import { ERRORS } from '../errors.ts';
import { HTTP_ERRORS } from './problem.ts';

type Schema = Readonly<Record<string, unknown>>;

const text = { type: 'string' };
const textOrNull = { type: ['string', 'null'] };
const count = { type: 'integer', minimum: 0 };
const flag = { type: 'boolean' };
const date = { type: 'string', format: 'date' };
const instant = { type: 'string', format: 'date-time' };
const instantOrNull = { type: ['string', 'null'], format: 'date-time' };
const AMOUNT_PATTERN = '^-?[0-9]+([.][0-9]+)?$';
const amount = { type: 'string', pattern: AMOUNT_PATTERN, description: 'Decimal, in major units of the currency.' };
const amountOrNull = { ...amount, type: ['string', 'null'] };

/** An object all of whose properties are always there. */
const record = ($id: string, properties: Readonly<Record<string, Schema>>, optional: Record<string, Schema> = {}) => ({
  $id,
  type: 'object',
  required: Object.keys(properties),
  properties: { ...properties, ...optional },
});

export const ref = ($id: string) => ({ $ref: `${$id}#` });
const listOf = ($id: string) => ({ type: 'array', items: ref($id) });
const nextCursor = { ...textOrNull, description: 'Where the next page begins; null at the end.' };

export const RUN_STATUSES = ['running', 'completed', 'completed_with_failures', 'cancelled'] as const;
export const OUTCOMES = [
  'invoiced',
  'zero',
  'trial',
  'credit',
  'held',
  'skipped',
  'failed',
  'calculated',
  'rejected',
  'voided',
] as const;

const runSummary = {
  run_id: text,
  status: { type: 'string', enum: RUN_STATUSES },
  period: ref('Period'),
  dry_run: flag,
  trigger: ref('Trigger'),
  expected_shops: count,
  processed_shops: count,
  successful_shops: count,
  failed_shops: count,
  skipped_shops: count,
  held_shops: count,
  outcomes: { type: 'object', additionalProperties: count, description: 'Shops by outcome so far.' },
  totals: listOf('CurrencyTotal'),
  started_at: instant,
  completed_at: instantOrNull,
};

const shopResults = { shop_results: listOf('ShopResult'), errors: listOf('ShopError') };

const issuing = { paused: flag, reason: textOrNull, actor: textOrNull, changed_at: instantOrNull };

const deadLetter = {
  dead_letter_id: text,
  original_topic: text,
  original_partition: { type: ['integer', 'null'] },
  original_offset: textOrNull,
  key: textOrNull,
  run_id: textOrNull,
  code: text,
  message: text,
  kind: text,
  attempt: count,
  failed_at: instant,
  redrive_count: { ...count, description: 'How often it had been sent back when it failed here.' },
  settlement: { anyOf: [ref('DeadLetterSettlement'), { type: 'null' }], description: 'Null while it waits.' },
};

export const SCHEMAS = [
  record('TestClock', { now: instant }),
  record(
    'Problem',
    {
      type: { type: 'string', format: 'uri-reference' },
      title: text,
      status: { type: 'integer' },
      detail: text,
      code: { type: 'string', enum: [...Object.keys(HTTP_ERRORS), ...Object.keys(ERRORS)] },
    },
    { errors: listOf('FieldError') },
  ),
  record('FieldError', { field: text, message: text }),
  record('Period', { start_date: date, end_date: { ...date, description: 'Inclusive.' } }),
  record('Trigger', {
    source: { type: 'string', enum: ['api', 'cron', 'github', 'cli', 'producer'] },
    actor: textOrNull,
    delivery_id: textOrNull,
  }),
  record('CurrencyTotal', { currency: text, total_revenue: amount, total_fees: amount }),
  record('RunAccepted', {
    run_id: text,
    status: { type: 'string', enum: ['accepted', ...RUN_STATUSES] },
    period: ref('Period'),
    dry_run: flag,
    links: ref('RunLinks'),
  }),
  record('RunCancelAccepted', {
    run_id: text,
    status: { type: 'string', enum: ['accepted', 'cancelled'] },
    links: ref('RunLinks'),
  }),
  record('RunLinks', { self: text, shops: text, progress: text }),
  record('RunSummary', runSummary),
  record('Run', { ...runSummary, ...shopResults }, { next_cursor: nextCursor }),
  record('RunList', { runs: listOf('RunSummary'), next_cursor: nextCursor }),
  record('ShopResult', {
    success: flag,
    shop_id: text,
    shop_domain: textOrNull,
    outcome: { type: 'string', enum: OUTCOMES },
    attributed_revenue: amountOrNull,
    refunded_revenue: amountOrNull,
    calculated_fee: amountOrNull,
    currency: textOrNull,
    invoice_id: textOrNull,
    invoice_number: textOrNull,
    reason: { ...textOrNull, description: 'Why it was skipped, or the code of the failure.' },
  }),
  record('ShopError', { shop_id: text, code: textOrNull, error: textOrNull }),
  record('ShopResultList', { run_id: text, ...shopResults, next_cursor: nextCursor }),
  record('Invoice', {
    invoice_id: text,
    invoice_number: text,
    shop_id: text,
    shop_domain: text,
    plan_id: text,
    run_id: text,
    period: ref('Period'),
    currency: text,
    subtotal: amount,
    discount: amount,
    tax: amount,
    credit: amount,
    total: amount,
    lines: listOf('InvoiceLine'),
    status: text,
    issued_at: instant,
    due_date: date,
    credit_notes: listOf('CreditNote'),
  }),
  record('BillExplanation', {
    shop_id: text,
    period: ref('Period'),
    outcome: { type: 'string', enum: OUTCOMES },
    run_id: text,
    invoice_number: textOrNull,
    history: { ...listOf('ShopDecision'), description: 'Everything decided about shop and month, oldest first.' },
    pins: { type: 'array', items: { type: 'object' }, description: 'How far each partition of facts was looked at.' },
    reproduction: {
      type: ['object', 'null'],
      description: 'Whether the calculation comes to the same bill again; null where no bill was made.',
    },
    bill: { type: ['object', 'null'], description: 'All fields of ShopBillCalculated.' },
    derivation: {
      type: ['object', 'null'],
      description: 'Segments with every fact that counted, its place in the log, and the exact way to the fee.',
    },
  }),
  record('ShopDecision', {
    shop_sequence: count,
    kind: { type: 'string', enum: ['bill', 'release', 'reject', 'void', 'credit-note'] },
    outcome: { type: 'string', enum: OUTCOMES },
    run_id: text,
    decided_at: instant,
    request: { type: 'object', description: 'Place of the request in the log.' },
    invoice_number: textOrNull,
    credit_note_number: textOrNull,
    currency: textOrNull,
    total: amountOrNull,
    reason: textOrNull,
    actor: textOrNull,
  }),
  record('InvoiceLine', {
    kind: { type: 'string', enum: ['fee', 'adjustment', 'credit', 'discount', 'tax'] },
    description: text,
    channel: textOrNull,
    quantity: { type: ['integer', 'null'] },
    amount,
  }),
  record('InvoiceList', { invoices: listOf('Invoice'), next_cursor: nextCursor }),
  record('CommandAccepted', {
    request_id: text,
    status: { type: 'string', enum: ['accepted'] },
    links: ref('CommandLinks'),
  }),
  record('CommandLinks', { self: text }),
  record('Hold', {
    bill_id: text,
    run_id: text,
    shop_id: text,
    shop_domain: text,
    period: ref('Period'),
    currency: text,
    total: amount,
    fraud_level: textOrNull,
    fraud_codes: { type: 'array', items: text, description: 'The fraud checks that triggered.' },
    held_at: instant,
    decision: { anyOf: [ref('HoldDecision'), { type: 'null' }], description: 'Null while it waits.' },
  }),
  record('HoldDecision', {
    action: { type: 'string', enum: ['released', 'rejected'] },
    reason: text,
    actor: textOrNull,
    decided_at: instant,
    invoice_number: { ...textOrNull, description: 'Of the invoice that the release issued.' },
  }),
  record('HoldList', { holds: listOf('Hold'), next_cursor: nextCursor }),
  record('CreditNote', {
    credit_note_id: text,
    credit_note_number: text,
    amount,
    reason: text,
    actor: textOrNull,
    issued_at: instant,
  }),
  record('DeadLetter', deadLetter),
  record('DeadLetterSettlement', {
    action: { type: 'string', enum: ['redriven', 'discarded'] },
    reason: text,
    actor: textOrNull,
    settled_at: instant,
  }),
  record('DeadLetterDetail', {
    ...deadLetter,
    record: {
      type: ['object', 'null'],
      description: 'The message as it is imported, with its type; null where the bytes cannot be decoded.',
    },
    undecodable: { ...textOrNull, description: 'Why the bytes cannot be decoded.' },
    bytes: {
      anyOf: [ref('DeadLetterBytes'), { type: 'null' }],
      description: 'Null when the log no longer keeps them.',
    },
    headers: { type: 'object', additionalProperties: text },
    history: { ...listOf('DeadLetter'), description: 'All that one record left, this one too, oldest first.' },
  }),
  record('DeadLetterBytes', {
    size: count,
    hex: { ...text, description: 'The first 1,024 bytes.' },
    base64: { ...text, description: 'The first 1,024 bytes.' },
    text: { ...textOrNull, description: 'The first 1,024 bytes, where they are text.' },
  }),
  record('DeadLetterRedriven', {
    dead_letter_id: text,
    status: { type: 'string', enum: ['redriven'] },
    topic: { ...text, description: 'Where it went.' },
    key: textOrNull,
    redrive_count: count,
  }),
  record('DeadLetterDiscarded', { dead_letter_id: text, status: { type: 'string', enum: ['discarded'] } }),
  record('DeadLetterLeft', { dead_letter_id: text, code: text, error: text }),
  record('DeadLettersRedriven', { redriven: listOf('DeadLetterRedriven'), left: listOf('DeadLetterLeft') }),
  record('DeadLettersDiscarded', { discarded: listOf('DeadLetterDiscarded') }),
  record('DeadLetterList', { dead_letters: listOf('DeadLetter'), next_cursor: nextCursor }),
  record('Status', {
    status: { type: 'string', enum: ['running', 'idle'] },
    active_shops: count,
    shops_with_billing_plans: count,
    pending_invoices: count,
    held_bills: count,
    dead_letters: count,
    last_run: { anyOf: [ref('RunSummary'), { type: 'null' }] },
    last_updated: instantOrNull,
    issuing: ref('Issuing'),
  }),
  record('Issuing', issuing),
  record('IssuingChanged', { ...issuing, changed: flag }),
  record('Health', {
    status: { type: 'string', enum: ['ok', 'unavailable'] },
    components: listOf('ComponentHealth'),
  }),
  record('ComponentHealth', { name: text, healthy: flag, reason: textOrNull }),
];

export const json = ($id: string, description: string) => ({
  description,
  content: { 'application/json': { schema: ref($id) } },
});

/** The responses every route may give besides its own. @param statuses which problems, besides 500 and 503 */
export const problems = (...statuses: readonly number[]) =>
  Object.fromEntries(
    [...statuses, 500, 503].map((status) => [
      status,
      {
        description: PROBLEM_DESCRIPTIONS[status] ?? 'A problem.',
        content: { 'application/problem+json': { schema: ref('Problem') } },
      },
    ]),
  );

const PROBLEM_DESCRIPTIONS: Readonly<Record<number, string>> = {
  400: 'The request has a mistake; nothing was done.',
  401: 'No token, or one that is not known.',
  403: 'The caller may not do this.',
  404: 'There is no such thing.',
  409: 'It is no longer as the request takes it to be; nothing was done.',
  413: 'The body is too large.',
  415: 'The body is not JSON.',
  500: 'The program met an error.',
  503: 'A server the gateway needs is away; try again.',
};
