/** Asking for runs. */
import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify';
import type { RunView } from '../adapters/read-models.ts';
import type { App, RunAccepted } from '../app.ts';
import { clientGone } from './client-gone.ts';
import { findRunUntil, isFinished } from './find-run.ts';
import { preferredWait } from './prefer.ts';
import { presentPeriod } from './present-period.ts';
import { presentRun } from './present-run.ts';
import { FIRST_PAGE } from './routes-runs.ts';
import { linksOf } from './run-links.ts';
import { json, problems } from './schemas.ts';
import { monthlyBillingBody, pathOf, runOptions, waitHeaders } from './schemas-in.ts';

interface RunOptionsJson {
  readonly period?: string;
  readonly period_start?: string;
  readonly period_end?: string;
  readonly dry_run?: boolean;
  readonly force?: boolean;
}

const response = {
  200: json('Run', 'The run has ended in the time the client was ready to wait: its results.'),
  202: json('RunAccepted', 'The run was asked for, or was there already: its status, and where to follow it.'),
  ...problems(400, 401, 403, 413, 415),
};

/** @param stopping aborts when the gateway stops: nobody is kept waiting then */
export function triggerRoutes({ app, stopping }: { app: App; stopping: AbortSignal }): FastifyPluginAsync {
  return async (fastify) => {
    // A trigger without any body asks for the default.
    fastify.addHook('preValidation', async (request) => {
      if (request.body === undefined) request.body = {};
    });

    fastify.post<{ Body: RunOptionsJson & { readonly shop_ids?: readonly string[] } }>(
      '/process-monthly-billing',
      {
        config: { scope: 'run' },
        schema: {
          operationId: 'processMonthlyBilling',
          summary: 'Bill a month: all shops, or those named',
          tags: ['billing'],
          headers: waitHeaders,
          body: monthlyBillingBody,
          response,
        },
      },
      (request, reply) => trigger({ app, stopping, request, reply, shopIds: request.body.shop_ids ?? null }),
    );

    fastify.post<{ Params: { shop_id: string }; Body: RunOptionsJson }>(
      '/process-shop-billing/:shop_id',
      {
        config: { scope: 'run' },
        schema: {
          operationId: 'processShopBilling',
          summary: 'Bill a month of one shop',
          tags: ['billing'],
          headers: waitHeaders,
          params: pathOf('shop_id'),
          body: runOptions,
          response: { ...response, ...problems(404) },
        },
      },
      (request, reply) => trigger({ app, stopping, request, reply, shopIds: [request.params.shop_id] }),
    );
  };
}

async function trigger({
  app,
  stopping,
  request,
  reply,
  shopIds,
}: {
  app: App;
  stopping: AbortSignal;
  request: FastifyRequest;
  reply: FastifyReply;
  shopIds: readonly string[] | null;
}) {
  const options = request.body as RunOptionsJson;
  const accepted = await app.requestBillingRun({
    shopIds: shopIds === null ? null : [...new Set(shopIds)],
    period: options.period ?? null,
    periodStart: options.period_start ?? null,
    periodEnd: options.period_end ?? null,
    dryRun: options.dry_run ?? false,
    force: options.force ?? false,
    trigger: { source: 'api', actor: request.caller?.name ?? null, deliveryId: null },
  });
  request.correlationId = accepted.runId;

  const mayRead = request.caller?.scopes.includes('read') ?? false;
  const waitS = mayRead ? preferredWait(request.headers.prefer) : null;
  if (waitS !== null) reply.header('preference-applied', `wait=${waitS}`);
  const signal = AbortSignal.any([stopping, clientGone(reply)]);
  const links = linksOf(accepted.runId);
  reply.header('location', links.self);
  try {
    const run = await followRun({ app, accepted, waitMs: (waitS ?? 0) * 1000, signal });
    if (waitS !== null && run !== null && isFinished(run)) {
      const page = await app.readModels.listShopResults({ runId: run.runId, outcome: null, ...FIRST_PAGE });
      return presentRun({ run, shopResults: page.items, nextCursor: page.nextCursor });
    }
    return reply.code(202).send(presentAccepted(accepted, run));
  } catch (error) {
    // The run is asked for all the same; an error now would make the client ask for another one.
    if (!signal.aborted)
      app.logger.warn({ err: error, correlationId: accepted.runId }, 'run accepted but not followed');
    return reply.code(202).send(presentAccepted(accepted, null));
  }
}

/** The run as it stands when the waiting is over; null while there is nothing to see, as right after asking for it. */
async function followRun({
  app,
  accepted,
  waitMs,
  signal,
}: {
  app: App;
  accepted: RunAccepted;
  waitMs: number;
  signal: AbortSignal;
}): Promise<RunView | null> {
  if (accepted.published && waitMs === 0) return null;
  const isEnough = (run: RunView | null) => run !== null && isFinished(run);
  return findRunUntil(app, accepted.runId, { isEnough, waitMs, signal });
}

function presentAccepted(accepted: RunAccepted, run: RunView | null) {
  return {
    run_id: accepted.runId,
    status: run?.status ?? (accepted.published ? 'accepted' : 'running'),
    period: presentPeriod(accepted.period),
    dry_run: accepted.dryRun,
    links: linksOf(accepted.runId),
  };
}
