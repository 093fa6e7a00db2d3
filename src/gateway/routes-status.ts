/** How the whole stands, and what was set aside. */
import type { FastifyPluginAsync } from 'fastify';
import type { App } from '../app.ts';
import { presentDeadLetter } from './present-dead-letter.ts';
import { presentStatus } from './present-status.ts';
import { json, problems } from './schemas.ts';
import { pageQuery, readLimit, type PageQuery } from './schemas-in.ts';

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
      async () => presentStatus(await app.readModels.status(app.clock.now())),
    );

    fastify.get<{ Querystring: PageQuery }>(
      '/dead-letters',
      {
        config: { scope: 'read' },
        preValidation: readLimit,
        schema: {
          operationId: 'listDeadLetters',
          summary: 'Messages that were set aside',
          tags: ['status'],
          querystring: pageQuery(),
          response: { 200: json('DeadLetterList', 'A page of dead letters.'), ...problems(400, 401, 403) },
        },
      },
      async ({ query }) => {
        const page = await app.readModels.listDeadLetters({ cursor: query.cursor ?? null, limit: query.limit });
        return { dead_letters: page.items.map(presentDeadLetter), next_cursor: page.nextCursor };
      },
    );
  };
}
