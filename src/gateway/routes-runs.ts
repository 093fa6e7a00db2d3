/** Runs, their shops and their progress. */
import { Readable } from 'node:stream';
import type { FastifyPluginAsync } from 'fastify';
import type { App } from '../app.ts';
import { BillingError } from '../errors.ts';
import { clientGone } from './client-gone.ts';
import { findRun, findRunUntil } from './find-run.ts';
import { presentRun, presentRunSummary, presentShopErrors, presentShopResult } from './present-run.ts';
import { COMPLETED_EVENT_ID, runProgress } from './run-progress.ts';
import { json, OUTCOMES, problems } from './schemas.ts';
import { pageQuery, pathOf, readLimit, type PageQuery } from './schemas-in.ts';

/** The shop results shown together with their run. */
export const FIRST_PAGE = { cursor: null, limit: 100 } as const;

/** A run that was asked for a moment ago may not be planned yet: whoever follows it is kept waiting this long. */
const PLANNING_MS = 5_000;

/** @param stopping aborts when the gateway stops: streams end then */
export function runRoutes({ app, stopping }: { app: App; stopping: AbortSignal }): FastifyPluginAsync {
  return async (fastify) => {
    fastify.get<{ Querystring: PageQuery }>(
      '/runs',
      {
        config: { scope: 'read' },
        preValidation: readLimit,
        schema: {
          operationId: 'listRuns',
          summary: 'Runs, newest first',
          tags: ['runs'],
          querystring: pageQuery(),
          response: { 200: json('RunList', 'A page of runs.'), ...problems(400, 401, 403) },
        },
      },
      async ({ query }) => {
        const page = await app.readModels.listRuns({ cursor: query.cursor ?? null, limit: query.limit });
        return { runs: page.items.map(presentRunSummary), next_cursor: page.nextCursor };
      },
    );

    fastify.get<{ Params: { id: string } }>(
      '/runs/:id',
      {
        config: { scope: 'read' },
        schema: {
          operationId: 'getRun',
          summary: 'A run with the first page of its shops',
          tags: ['runs'],
          params: pathOf('id'),
          response: { 200: json('Run', 'The run.'), ...problems(400, 401, 403, 404) },
        },
      },
      async (request) => {
        const runId = request.params.id;
        const run = (await findRun(app, runId)) ?? notFound(runId);
        request.correlationId = runId;
        const page = await app.readModels.listShopResults({ runId, outcome: null, ...FIRST_PAGE });
        return presentRun({ run, shopResults: page.items, nextCursor: page.nextCursor });
      },
    );

    fastify.get<{ Params: { id: string }; Querystring: PageQuery & { outcome?: string } }>(
      '/runs/:id/shops',
      {
        config: { scope: 'read' },
        preValidation: readLimit,
        schema: {
          operationId: 'listRunShops',
          summary: 'The shops of a run with their outcomes, ascending by shop id',
          tags: ['runs'],
          params: pathOf('id'),
          querystring: pageQuery({ outcome: { type: 'string', enum: OUTCOMES } }),
          response: { 200: json('ShopResultList', 'A page of shops.'), ...problems(400, 401, 403, 404) },
        },
      },
      async (request) => {
        const runId = request.params.id;
        const { outcome = null, cursor = null, limit } = request.query;
        if ((await findRun(app, runId)) === null) notFound(runId);
        request.correlationId = runId;
        const page = await app.readModels.listShopResults({ runId, outcome, cursor, limit });
        return {
          run_id: runId,
          shop_results: page.items.map(presentShopResult).filter((result) => result !== null),
          errors: presentShopErrors(page.items),
          next_cursor: page.nextCursor,
        };
      },
    );

    fastify.get<{ Params: { id: string } }>(
      '/runs/:id/progress',
      {
        config: { scope: 'read' },
        exposeHeadRoute: false,
        schema: {
          operationId: 'followRun',
          summary: 'The progress of a run as server-sent events',
          description: 'A `progress` event whenever the counts change; one `completed` event with the run at the end.',
          tags: ['runs'],
          params: pathOf('id'),
          response: {
            200: { description: 'The stream.', content: { 'text/event-stream': { schema: { type: 'string' } } } },
            204: { description: 'A client that reconnects has seen the end already.', type: 'null' },
            ...problems(400, 401, 403, 404),
          },
        },
      },
      async (request, reply) => {
        const runId = request.params.id;
        if (request.headers['last-event-id'] === COMPLETED_EVENT_ID) return reply.code(204).send();
        const signal = AbortSignal.any([stopping, clientGone(reply)]);
        const isEnough = (run: unknown) => run !== null;
        const run = await findRunUntil(app, runId, { isEnough, waitMs: PLANNING_MS, signal });
        if (run === null) notFound(runId);
        request.correlationId = runId;
        let lost = false;
        const events = runProgress({
          find: async () => {
            const found = await findRun(app, runId);
            lost = false;
            return found;
          },
          clock: app.clock,
          signal,
          onError: (error) => {
            if (!lost) app.logger.warn({ err: error, correlationId: runId }, 'progress cannot be read just now');
            lost = true;
          },
        });
        return reply.type('text/event-stream').header('x-accel-buffering', 'no').send(Readable.from(events));
      },
    );
  };
}

function notFound(runId: string): never {
  throw new BillingError(
    'NOT_FOUND',
    `There is no run ${JSON.stringify(runId)}. One that was asked for just now appears once it is planned.`,
  );
}
