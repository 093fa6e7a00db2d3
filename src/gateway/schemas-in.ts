/** The JSON Schemas of what comes in. Nothing is coerced and nothing unknown is dropped: both are refused. */

/** Any text that can be an id: no control characters, no half of a surrogate pair; Postgres and Kafka keep no such text. */
const ID_PATTERN = '^[^\\p{Cc}\\p{Cs}]+$';
const MAX_SHOP_IDS = 10_000;
const MAX_PAGE = 500;

export const id = { type: 'string', minLength: 1, maxLength: 256, pattern: ID_PATTERN };

/** Months and dates are looked at by the billing rules, which say best what is wrong with one. */
const options = {
  period: {
    type: 'string',
    maxLength: 32,
    description: 'Month to bill, such as 2026-10. Default: the month before now.',
  },
  period_start: { type: 'string', maxLength: 32, description: 'First day, such as 2026-10-01; with period_end.' },
  period_end: {
    type: 'string',
    maxLength: 32,
    description: 'Last day, inclusive, such as 2026-10-31; with period_start.',
  },
  dry_run: { type: 'boolean', default: false, description: 'Calculates without issuing anything.' },
  force: { type: 'boolean', default: false, description: 'Starts another run; settled shops are not billed again.' },
};

export const runOptions = { type: 'object', additionalProperties: false, properties: options };

export const monthlyBillingBody = {
  type: 'object',
  additionalProperties: false,
  properties: {
    shop_ids: {
      type: 'array',
      minItems: 1,
      maxItems: MAX_SHOP_IDS,
      items: id,
      description: 'Only these shops; one named twice counts once. Default: every shop that can be billed.',
    },
    ...options,
  },
};

export const waitHeaders = {
  type: 'object',
  properties: {
    prefer: { type: 'string', description: 'wait=30: answer with the result if it is there within 30 s.' },
  },
};

/** Why: it stands in an event for ever. The rules for the text are in producers/reason.ts. */
export const reason = { type: 'string', maxLength: 500, description: 'Why, for whoever reads it later.' };
export const requireReason = {
  type: 'object',
  additionalProperties: false,
  required: ['reason'],
  properties: { reason },
};

export const pathOf = <Name extends string>(name: Name) => ({
  type: 'object',
  required: [name],
  properties: { [name]: id },
});

/** A page of a list, and what else narrows it down. */
export const pageQuery = (filters: Readonly<Record<string, object>> = {}) => ({
  type: 'object',
  additionalProperties: false,
  properties: {
    ...filters,
    cursor: { type: 'string', minLength: 1, maxLength: 1024, pattern: ID_PATTERN },
    limit: { type: 'integer', minimum: 1, maximum: MAX_PAGE, default: 100 },
  },
});

export interface PageQuery {
  readonly cursor?: string;
  readonly limit: number;
}

/** Query strings carry text only: `limit=20` becomes a number here, because nothing is coerced by the validation. */
export async function readLimit({ query }: { query: unknown }): Promise<void> {
  const parameters = query as { limit?: unknown };
  if (typeof parameters.limit === 'string' && /^\d{1,9}$/.test(parameters.limit)) {
    parameters.limit = Number(parameters.limit);
  }
}
