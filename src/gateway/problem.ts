/** What went wrong, as RFC 9457 `application/problem+json` with a stable `code`. Never a stack, an address or a secret. */
import type { FastifyReply, FastifySchemaValidationError } from 'fastify';
import { BillingError, ERRORS, type ErrorCode } from '../errors.ts';
import { RuleError } from '../domain/rule-error.ts';

/** Codes only HTTP has; the others are those of errors.ts. */
export const HTTP_ERRORS = {
  UNAUTHENTICATED: { status: 401, meaning: 'The request carries no token, or one that is not known.' },
  FORBIDDEN: { status: 403, meaning: 'The caller may not do this.' },
  METHOD_NOT_ALLOWED: { status: 405, meaning: 'The route does not answer to this method; see Allow.' },
  BODY_MALFORMED: { status: 400, meaning: 'The body is not valid JSON.' },
  BODY_TOO_LARGE: { status: 413, meaning: 'The body is larger than is accepted.' },
  MEDIA_TYPE_UNSUPPORTED: { status: 415, meaning: 'The body must be sent as application/json.' },
} as const;

export type ProblemCode = ErrorCode | keyof typeof HTTP_ERRORS;

export interface FieldError {
  /** Path of the field with dots, such as `shop_ids.3`; empty for the whole. */
  readonly field: string;
  readonly message: string;
}

export interface Problem {
  readonly code: ProblemCode;
  readonly detail: string;
  readonly errors?: readonly FieldError[];
}

export interface ProblemJson extends Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
}

/** Seconds after which a client should try again what a server that is away prevented. */
const RETRY_AFTER_S = 5;

/** Where the kind of a code does not say it. */
const OWN_STATUS: Readonly<Partial<Record<ErrorCode, number>>> = {
  NOT_FOUND: 404,
  DEAD_LETTER_SETTLED: 409,
  REDRIVE_LIMIT: 409,
  RUN_FINISHED: 409,
  HOLD_NOT_FOUND: 404,
  HOLD_ALREADY_DECIDED: 409,
  INVOICE_NOT_FOUND: 404,
  INVOICE_VOIDED: 409,
  INVOICE_CREDITED: 409,
  CREDIT_EXCEEDS_INVOICE: 409,
  // Of kind usage for who set the service up, but nothing the caller of a route could mend.
  SETUP_MISSING: 503,
  CONFIG_INVALID: 500,
};

/** The HTTP status of a code. */
export function statusOf(code: ProblemCode): number {
  if (isHttpCode(code)) return HTTP_ERRORS[code].status;
  const own = OWN_STATUS[code];
  if (own !== undefined) return own;
  const { kind } = ERRORS[code];
  switch (kind) {
    case 'usage':
      return 400;
    case 'unreachable':
    case 'infrastructure':
      return 503;
    case 'transient':
    case 'permanent':
    case 'poison':
    case 'invariant':
      return 500;
    default:
      return kind satisfies never;
  }
}

export function meaningOf(code: ProblemCode): string {
  return isHttpCode(code) ? HTTP_ERRORS[code].meaning : ERRORS[code].meaning;
}

function isHttpCode(code: ProblemCode): code is keyof typeof HTTP_ERRORS {
  return Object.hasOwn(HTTP_ERRORS, code);
}

export function presentProblem({ code, detail, errors }: Problem): ProblemJson {
  return {
    type: `/docs/problems#${code}`,
    title: meaningOf(code),
    status: statusOf(code),
    detail,
    code,
    ...(errors === undefined ? {} : { errors }),
  };
}

/** Answers with the problem; 503 says when to try again. */
export function sendProblem(reply: FastifyReply, problem: Problem): FastifyReply {
  const body = presentProblem(problem);
  if (body.status === 503) reply.header('retry-after', RETRY_AFTER_S);
  return reply.code(body.status).type('application/problem+json; charset=utf-8').send(JSON.stringify(body));
}

/** What an error thrown while answering means to the caller. @param requestId names the log lines of this request */
export function problemOf(error: unknown, requestId: string): Problem {
  if (error instanceof BillingError || error instanceof RuleError) {
    if (statusOf(error.code) < 500) return { code: error.code, detail: error.message };
    // The message may name addresses and internals: it is for the log.
    return { code: error.code, detail: `${meaningOf(error.code)} Request ${requestId} names it in the log.` };
  }
  const { validation, validationContext, code, statusCode } = error as FrameworkError;
  if (validation?.[0]) return validationProblem(validation[0], validationContext ?? 'request');
  if (code === 'FST_ERR_CTP_BODY_TOO_LARGE')
    return { code: 'BODY_TOO_LARGE', detail: 'A body may have 1 MiB at most.' };
  if (statusCode === 415) return { code: 'MEDIA_TYPE_UNSUPPORTED', detail: meaningOf('MEDIA_TYPE_UNSUPPORTED') };
  if (code === 'FST_ERR_CTP_EMPTY_JSON_BODY') {
    return { code: 'BODY_MALFORMED', detail: 'The body is announced as JSON but empty: send {} or no content type.' };
  }
  if (code === 'FST_ERR_CTP_INVALID_JSON_BODY' || error instanceof SyntaxError) {
    return { code: 'BODY_MALFORMED', detail: meaningOf('BODY_MALFORMED') };
  }
  if (statusCode !== undefined && statusCode >= 400 && statusCode < 500) {
    return { code: 'USAGE', detail: 'The request cannot be understood.' };
  }
  return { code: 'INTERNAL', detail: `The request could not be answered; request ${requestId} names why in the log.` };
}

interface FrameworkError {
  readonly validation?: readonly FastifySchemaValidationError[];
  readonly validationContext?: string;
  readonly code?: string;
  readonly statusCode?: number;
}

const CONTEXT_NAMES: Readonly<Record<string, string>> = { body: 'body', querystring: 'query', params: 'path' };

function validationProblem(error: FastifySchemaValidationError, context: string): Problem {
  const where = CONTEXT_NAMES[context] ?? context;
  const inner = error.params['additionalProperty'] ?? error.params['missingProperty'];
  const path = error.instancePath.split('/').slice(1);
  const field = [...path, ...(typeof inner === 'string' ? [inner] : [])].join('.');
  const message = messageOf(error);
  const subject = field === '' ? `The ${where}` : `The field ${JSON.stringify(field)} of the ${where}`;
  return { code: 'USAGE', detail: `${subject} ${message}.`, errors: [{ field, message }] };
}

function messageOf({ keyword, params, message }: FastifySchemaValidationError): string {
  switch (keyword) {
    case 'additionalProperties':
      return 'is unknown';
    case 'required':
      return 'is missing';
    case 'enum':
      return `must be one of ${(params['allowedValues'] as string[]).join(', ')}`;
    default:
      return message ?? 'is invalid';
  }
}
