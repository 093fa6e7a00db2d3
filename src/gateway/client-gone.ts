/** When nobody is there to answer any more. */
import type { FastifyReply } from 'fastify';
import { BillingError } from '../errors.ts';

/** A signal that aborts when the connection closes before the answer is complete. */
export function clientGone(reply: FastifyReply): AbortSignal {
  const gone = new AbortController();
  // The request's own `close` comes as soon as its body has been read; the response's comes with the connection's end.
  reply.raw.once('close', () => {
    if (!reply.raw.writableFinished) gone.abort(new BillingError('USAGE', 'The client left.'));
  });
  return gone.signal;
}
