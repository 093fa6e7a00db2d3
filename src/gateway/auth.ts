/**
 * Who may call: the bearer of a token from API_TOKENS whose scopes cover the route. Without any token configured,
 * whoever sits at this machine: see loopback.ts.
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import type { FastifyReply, FastifyRequest, onRequestAsyncHookHandler } from 'fastify';
import type { ApiToken, Scope } from '../config.ts';
import { refuseRemote } from './loopback.ts';
import { sendProblem } from './problem.ts';

export interface Caller {
  readonly name: string;
  readonly scopes: readonly Scope[];
}

declare module 'fastify' {
  interface FastifyRequest {
    /** Null on routes that anyone may call. */
    caller: Caller | null;
  }
  interface FastifyContextConfig {
    /** What a caller needs. A route that names none needs `operate`: forgetting it must not open the route. */
    scope?: Scope;
  }
}

const LOCAL_CALLER: Caller = { name: 'api', scopes: ['read', 'run', 'operate'] };
const CHALLENGE = 'Bearer realm="billing-scheduler"';

/** Makes the hook that admits callers and sets `request.caller`. Answers 401 or 403 otherwise. */
export function createAuth(tokens: readonly ApiToken[]): onRequestAsyncHookHandler {
  const known = tokens.map((token) => ({ token, digest: digestOf(token.token) }));
  return async (request, reply) => {
    if (known.length === 0) {
      const refusal = refuseRemote(request);
      if (refusal !== null) return sendProblem(reply, { code: 'FORBIDDEN', detail: refusal });
      request.caller = LOCAL_CALLER;
      return;
    }
    const presented = bearerToken(request);
    if (presented === null) return refuseToken(reply, CHALLENGE, 'Send a token: Authorization: Bearer ….');
    const digest = digestOf(presented);
    // Every token is compared, and digests instead of texts, so that the time taken tells nothing about any of them.
    const matches = known.filter((one) => timingSafeEqual(one.digest, digest));
    const token = matches[0]?.token;
    if (!token) return refuseToken(reply, `${CHALLENGE}, error="invalid_token"`, 'This token is not known.');
    const needed = request.routeOptions.config.scope ?? 'operate';
    if (!token.scopes.includes(needed)) {
      reply.header('www-authenticate', `${CHALLENGE}, error="insufficient_scope", scope="${needed}"`);
      return sendProblem(reply, { code: 'FORBIDDEN', detail: `This token lacks the scope "${needed}".` });
    }
    request.caller = { name: token.name, scopes: token.scopes };
  };
}

function refuseToken(reply: FastifyReply, challenge: string, detail: string): FastifyReply {
  return sendProblem(reply.header('www-authenticate', challenge), { code: 'UNAUTHENTICATED', detail });
}

function bearerToken({ headers }: FastifyRequest): string | null {
  return /^Bearer +(\S+) *$/i.exec(headers.authorization ?? '')?.[1] ?? null;
}

function digestOf(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
