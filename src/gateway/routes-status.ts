/** How the whole stands. */
import type { FastifyPluginAsync } from 'fastify';
import type { App } from '../app.ts';
import { presentStatus } from './present-status.ts';
import { json, problems } from './schemas.ts';

export function statusRoutes({ app }: { app: App }): FastifyPluginAsync {
  return async (fastify) => {
    fastify.get(
      '/status',
      {
        config: { scope: 'read' },
        schema: {
          operationId: 'getStatus',
          summary: 'What is going on',
          tags: ['status'],
          response: { 200: json('Status', 'Counts, and the newest run.'), ...problems(401, 403) },
        },
      },
      async () => {
        const [view, issuing] = await Promise.all([app.readModels.status(app.clock.now()), app.issuing()]);
        return presentStatus(view, issuing);
      },
    );
  };
}
