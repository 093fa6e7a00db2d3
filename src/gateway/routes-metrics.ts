/** The metrics, outside the prefix, free for all. Postgres away, or slow, does not break them. */
import type { FastifyPluginAsync } from 'fastify';
import type { App, RunningRoles } from '../app.ts';
import type { Metrics } from './metrics.ts';
import { createOpenRunsProgress } from './open-runs-progress.ts';
import { shareRunning } from './share-running.ts';

/** Prometheus gives up after ten seconds by default; the process's own metrics must be there before. */
const STATUS_TIMEOUT_MS = 2_000;

export function metricsRoutes({
  app,
  metrics,
  roles,
}: {
  app: App;
  metrics: Metrics;
  roles: RunningRoles | null;
}): FastifyPluginAsync {
  const status = shareRunning(() => app.readModels.status(app.clock.now()));
  const { runStalledAfterMs: stalledAfterMs } = app.config;
  const openRuns = shareRunning(createOpenRunsProgress({ ...app, stalledAfterMs }));
  const issuing = shareRunning(() => app.issuing());

  const inTime = async <T>(ask: () => Promise<T>): Promise<T | null> => {
    const answered = new AbortController();
    try {
      const late = app.clock.sleep(STATUS_TIMEOUT_MS, answered.signal).then(
        () => null,
        () => null,
      );
      return await Promise.race([ask(), late]);
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
        const [read, runs, control] = await Promise.all([inTime(status), inTime(openRuns), inTime(issuing)]);
        metrics.setStatus(read);
        metrics.setOpenRuns(runs);
        metrics.setIssuing(control);
        metrics.setUnevaluatedChecks(roles?.unevaluatedChecks() ?? new Map());
        return reply.type(metrics.contentType).send(await metrics.render());
      },
    );
  };
}
