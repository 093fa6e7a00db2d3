/** Pausing and resuming the issuing of decisions, everywhere. */
import type { FastifyPluginAsync } from 'fastify';
import type { App } from '../app.ts';
import { presentIssuing } from './present-issuing.ts';
import { json, problems } from './schemas.ts';
import { requireReason } from './schemas-in.ts';

const SUMMARIES = {
  pause: 'Stop issuing, everywhere: requests wait, nothing is decided',
  resume: 'Go on issuing: what waited is decided now',
} as const;

export function issuingRoutes({ app }: { app: App }): FastifyPluginAsync {
  return async (fastify) => {
    for (const action of ['pause', 'resume'] as const) {
      fastify.post<{ Body: { reason: string } }>(
        `/issuing/${action}`,
        {
          config: { scope: 'operate' },
          schema: {
            operationId: `${action}Issuing`,
            summary: SUMMARIES[action],
            tags: ['billing'],
            body: requireReason,
            response: {
              200: json('IssuingChanged', 'How it stands; `changed` is false where it was so before.'),
              ...problems(400, 401, 403, 413, 415),
            },
          },
        },
        async ({ body: { reason }, caller }) => {
          const ask = { paused: action === 'pause', reason, actor: caller?.name ?? null };
          const { changed } = await app.setIssuing(ask);
          return { ...presentIssuing(await app.issuing()), changed };
        },
      );
    }
  };
}
