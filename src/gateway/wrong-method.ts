/** 405 with Allow, where the framework would say 404: the path is right and only the method is not. */
import type { FastifyInstance, HTTPMethods } from 'fastify';
import { sendProblem } from './problem.ts';

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'] as const satisfies readonly HTTPMethods[];

/**
 * Watches which routes are registered; the function returned then answers their other methods. Call this before the
 * routes, and the function after them.
 */
export function watchMethods(fastify: FastifyInstance): () => void {
  const byUrl = new Map<string, Set<string>>();
  let isOpen = true;
  fastify.addHook('onRoute', ({ url, method }) => {
    if (!isOpen) return;
    const known = byUrl.get(url) ?? new Set();
    for (const one of [method].flat()) known.add(one);
    byUrl.set(url, known);
  });
  return () => {
    isOpen = false;
    for (const [url, known] of byUrl) {
      const others = METHODS.filter((method) => !known.has(method));
      const allow = METHODS.filter((method) => known.has(method)).join(', ');
      fastify.route({
        url,
        method: others,
        exposeHeadRoute: false,
        schema: { hide: true },
        // Before a body is read: whatever it is, it is not wanted.
        onRequest: async (_request, reply) =>
          sendProblem(reply.header('allow', allow), {
            code: 'METHOD_NOT_ALLOWED',
            detail: `This route answers to ${allow}.`,
          }),
        handler: () => undefined,
      });
    }
  };
}
