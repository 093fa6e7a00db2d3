/** The metrics, outside the prefix, free for all. Postgres away, or slow, does not break them. */
import type { FastifyPluginAsync } from 'fastify';
import type { StatusView } from '../adapters/read-models.ts';
import type { App } from '../app.ts';
import type { Metrics } from './metrics.ts';
import { shareRunning } from './share-running.ts';

/** Prometheus gives up after ten seconds by default; the process's own metrics must be there before. */
const STATUS_TIMEOUT_MS = 2_000;

export function metricsRoutes({ app, metrics }: { app: App; metrics: Metrics }): FastifyPluginAsync {
  const status = shareRunning(() => app.readModels.status(app.clock.now()));

  const statusInTime = async (): Promise<StatusView | null> => {
    const answered = new AbortController();
    try {
      const late = app.clock.sleep(STATUS_TIMEOUT_MS, answered.signal).then(
        () => null,
        () => null,
      );
      return await Promise.race([status(), late]);
    } catch (error) {
      app.logger.warn({ err: error }, 'metrics without the read models: they do not answer');
      return null;
    } finally {
      answered.abort();
    }
  };

  return async (fastify) => {
    fastify.get(
      '/metrics',
      {
        schema: {
          operationId: 'getMetrics',
          summary: 'Prometheus metrics',
          tags: ['health'],
          security: [],
          response: {
            200: { description: 'The text format.', content: { 'text/plain': { schema: { type: 'string' } } } },
          },
        },
      },
      async (_request, reply) => {
        metrics.setStatus(await statusInTime());
        return reply.type(metrics.contentType).send(await metrics.render());
      },
    );
  };
}
