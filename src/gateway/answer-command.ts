/** A request about a shop is answered at once with where to look, or, when the client waits, with what became of it. */
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { App } from '../app.ts';
import { BillingError } from '../errors.ts';
import { clientGone } from './client-gone.ts';
import { findUntil } from './find-until.ts';
import { preferredWait } from './prefer.ts';
import { PREFIX } from './prefix.ts';

export async function answerCommand<T>({
  app: { clock, logger },
  stopping,
  request,
  reply,
  requestId,
  path,
  find,
}: {
  app: Pick<App, 'clock' | 'logger'>;
  /** Aborts when the gateway stops: nobody is kept waiting then. */
  stopping: AbortSignal;
  request: FastifyRequest;
  reply: FastifyReply;
  requestId: string;
  /** Where the thing can be looked at, without the prefix of all routes. */
  path: string;
  /** Throws what the biller refused the request with. */
  find: () => Promise<T | null>;
}): Promise<
  T | { readonly request_id: string; readonly status: 'accepted'; readonly links: { readonly self: string } }
> {
  const self = PREFIX + path;
  reply.header('location', self);
  const waitS = request.caller?.scopes.includes('read') ? preferredWait(request.headers.prefer) : null;
  if (waitS !== null) {
    reply.header('preference-applied', `wait=${waitS}`);
    const signal = AbortSignal.any([stopping, clientGone(reply)]);
    try {
      const found = await findUntil(find, { clock, waitMs: waitS * 1000, signal });
      if (found !== null) return found;
    } catch (error) {
      // What it was refused with is the answer. Anything else is not: the request is on the log all the same.
      if (error instanceof BillingError && error.details['refused'] === true) throw error;
      if (!signal.aborted) logger.warn({ err: error, requestId }, 'request accepted but not followed');
    }
  }
  reply.code(202);
  return { request_id: requestId, status: 'accepted', links: { self } };
}
