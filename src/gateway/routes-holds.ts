/** Held bills, and what is decided about them. */
import type { FastifyPluginAsync } from 'fastify';
import type { App } from '../app.ts';
import { BillingError } from '../errors.ts';
import { answerCommand } from './answer-command.ts';
import { findDecidedHold } from './command-outcome.ts';
import { presentHold } from './present-hold.ts';
import { json, problems } from './schemas.ts';
import { pageQuery, pathOf, readLimit, requireReason, waitHeaders, type PageQuery } from './schemas-in.ts';

const SUMMARIES = {
  release: 'Issue a held bill exactly as it was calculated',
  reject: 'Refuse a held bill: it is never invoiced',
} as const;

export function holdRoutes({ app, stopping }: { app: App; stopping: AbortSignal }): FastifyPluginAsync {
  return async (fastify) => {
    fastify.get<{ Querystring: PageQuery }>(
      '/holds',
      {
        config: { scope: 'read' },
        preValidation: readLimit,
        schema: {
          operationId: 'listHolds',
          summary: 'Bills that wait for a person, ascending by shop id',
          tags: ['holds'],
          querystring: pageQuery(),
          response: { 200: json('HoldList', 'A page of held bills.'), ...problems(400, 401, 403) },
        },
      },
      async ({ query }) => {
        const page = await app.readModels.listHeldBills({ cursor: query.cursor ?? null, limit: query.limit });
        return { holds: page.items.map((hold) => presentHold(hold)), next_cursor: page.nextCursor };
      },
    );

    fastify.get<{ Params: { id: string } }>(
      '/holds/:id',
      {
        config: { scope: 'read' },
        schema: {
          operationId: 'getHold',
          summary: 'A held bill by the id of the bill, also when it was decided',
          tags: ['holds'],
          params: pathOf('id'),
          response: { 200: json('Hold', 'The held bill.'), ...problems(400, 401, 403, 404) },
        },
      },
      async (request) => {
        const hold = await app.readModels.findHeldBill(request.params.id);
        if (hold === null) {
          throw new BillingError('NOT_FOUND', `There is no held bill ${JSON.stringify(request.params.id)}.`);
        }
        request.correlationId = hold.runId;
        const decided = await findDecidedHold(app.readModels, { billId: hold.billId, requestId: null });
        return presentHold(hold, decided?.invoiceNumber);
      },
    );

    for (const action of ['release', 'reject'] as const) {
      fastify.post<{ Params: { id: string }; Body: { reason: string } }>(
        `/holds/:id/${action}`,
        {
          config: { scope: 'operate' },
          schema: {
            operationId: `${action}Hold`,
            summary: SUMMARIES[action],
            tags: ['holds'],
            headers: waitHeaders,
            params: pathOf('id'),
            body: requireReason,
            response: {
              200: json('Hold', 'It is decided, in the time the client was ready to wait.'),
              202: json('CommandAccepted', 'It is asked for: where to look.'),
              ...problems(400, 401, 403, 404, 409, 413, 415),
            },
          },
        },
        async (request, reply) => {
          const billId = request.params.id;
          const ask = { billId, action, reason: request.body.reason, actor: request.caller?.name ?? null };
          const { requestId, hold } = await app.decideHold(ask);
          request.correlationId = hold.runId;
          const find = async () => {
            const decided = await findDecidedHold(app.readModels, { billId, requestId });
            return decided && presentHold(decided.hold, decided.invoiceNumber);
          };
          const path = `/holds/${encodeURIComponent(billId)}`;
          return answerCommand({ app, stopping, request, reply, requestId, path, find });
        },
      );
    }
  };
}
