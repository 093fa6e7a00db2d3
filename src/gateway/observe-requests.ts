/** One log line and one measurement for every request answered. */
import type { FastifyInstance } from 'fastify';
import type { Logger } from '../adapters/logger.ts';
import type { Metrics } from './metrics.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** The run a request is about, once it is known to exist. */
    correlationId: string | null;
  }
}

export function observeRequests(fastify: FastifyInstance, { logger, metrics }: { logger: Logger; metrics: Metrics }) {
  fastify.decorateRequest('correlationId', null);
  fastify.addHook('onResponse', async (request, reply) => {
    const route = request.routeOptions.url ?? 'none';
    const statusCode = reply.statusCode;
    const isStream = String(reply.getHeader('content-type')).startsWith('text/event-stream');
    if (!isStream) {
      metrics.observeRequest({ method: request.method, route, status_code: statusCode }, reply.elapsedTime / 1000);
    }
    const fields = {
      requestId: request.id,
      method: request.method,
      // Without the query: it is for the reader of an error, not needed here.
      path: request.url.split('?')[0],
      statusCode,
      durationMs: Math.round(reply.elapsedTime),
      ...(request.caller ? { caller: request.caller.name } : {}),
      ...(request.correlationId === null ? {} : { correlationId: request.correlationId }),
    };
    // Probes and scrapes come every few seconds and say nothing.
    const isProbe = statusCode < 400 && /\/(health(\/(live|ready))?|metrics)$/.test(route);
    if (isProbe) logger.debug(fields, 'request answered');
    else logger.info(fields, 'request answered');
  });
}
