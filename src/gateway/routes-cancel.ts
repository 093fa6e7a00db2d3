/** Stopping a run. */
import type { FastifyPluginAsync } from 'fastify';
import type { RunView } from '../adapters/read-models.ts';
import type { App } from '../app.ts';
import { BillingError } from '../errors.ts';
import { clientGone } from './client-gone.ts';
import { findRunUntil, isFinished } from './find-run.ts';
import { preferredWait } from './prefer.ts';
import { presentRun } from './present-run.ts';
import { FIRST_PAGE } from './routes-runs.ts';
import { linksOf } from './run-links.ts';
import { json, problems } from './schemas.ts';
import { pathOf, requireReason, waitHeaders } from './schemas-in.ts';

/** @param stopping aborts when the gateway stops: nobody is kept waiting then */
export function cancelRoutes({ app, stopping }: { app: App; stopping: AbortSignal }): FastifyPluginAsync {
  return async (fastify) => {
    fastify.post<{ Params: { id: string }; Body: { reason: string } }>(
      '/runs/:id/cancel',
      {
        config: { scope: 'operate' },
        schema: {
          operationId: 'cancelRun',
          summary: 'Stop a run: shops not yet decided are skipped, what is issued stays',
          tags: ['runs'],
          headers: waitHeaders,
          params: pathOf('id'),
          body: requireReason,
          response: {
            200: json('Run', 'Every shop has its outcome, in the time the client was ready to wait.'),
            202: json('RunCancelAccepted', 'It is asked for, or was before: where to follow it.'),
            ...problems(400, 401, 403, 404, 409, 413, 415),
          },
        },
      },
      async (request, reply) => {
        const runId = request.params.id;
        request.correlationId = runId;
        const { caller, body } = request;
        const { state } = await app.cancelRun({ runId, reason: body.reason, actor: caller?.name ?? null });
        if (state === 'finished') {
          throw new BillingError('RUN_FINISHED', `Run ${JSON.stringify(runId)} has ended: there is nothing to cancel.`);
        }
        const waitS = caller?.scopes.includes('read') ? preferredWait(request.headers.prefer) : null;
        if (waitS !== null) {
          reply.header('preference-applied', `wait=${waitS}`);
          const signal = AbortSignal.any([stopping, clientGone(reply)]);
          const isEnough = (run: RunView | null) => run !== null && isFinished(run);
          const run = await findRunUntil(app, runId, { isEnough, waitMs: waitS * 1000, signal }).catch(() => null);
          if (run !== null && isFinished(run)) {
            const page = await app.readModels.listShopResults({ runId, outcome: null, ...FIRST_PAGE });
            return presentRun({ run, shopResults: page.items, nextCursor: page.nextCursor });
          }
        }
        const links = linksOf(runId);
        const status = state === 'cancelled' ? 'cancelled' : 'accepted';
        return reply.code(202).header('location', links.self).send({ run_id: runId, status, links });
      },
    );
  };
}
