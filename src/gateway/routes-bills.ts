/** What a shop was billed for a month, and why. */
import type { FastifyPluginAsync } from 'fastify';
import type { App } from '../app.ts';
import { monthDates } from '../domain/calendar.ts';
import { presentExplanation } from './present-explanation.ts';
import { json, problems } from './schemas.ts';
import { id } from './schemas-in.ts';

export function billRoutes({ app }: { app: App }): FastifyPluginAsync {
  return async (fastify) => {
    fastify.get<{ Params: { id: string; period: string } }>(
      '/shops/:id/bills/:period',
      {
        config: { scope: 'read' },
        schema: {
          operationId: 'explainBill',
          summary: 'A bill explained: from its invoice down to every fact it was made of',
          tags: ['invoices'],
          params: {
            type: 'object',
            required: ['id', 'period'],
            properties: { id, period: { type: 'string', maxLength: 32, description: 'Month, such as 2026-10.' } },
          },
          response: { 200: json('BillExplanation', 'The bill and its derivation.'), ...problems(400, 401, 403, 404) },
        },
      },
      async (request) => {
        const { id: shopId, period } = request.params;
        const explained = await app.explainBill({ shopId, periodStartDate: monthDates(period).first });
        request.correlationId = explained.standing.runId;
        return presentExplanation(explained);
      },
    );
  };
}
