/** Invoices. */
import type { FastifyPluginAsync } from 'fastify';
import type { App } from '../app.ts';
import { monthDates } from '../domain/calendar.ts';
import { BillingError } from '../errors.ts';
import { presentInvoice } from './present-invoice.ts';
import { json, problems } from './schemas.ts';
import { id, pageQuery, pathOf, readLimit, type PageQuery } from './schemas-in.ts';

interface InvoiceQuery extends PageQuery {
  readonly period?: string;
  readonly shop_id?: string;
  readonly run_id?: string;
}

const period = { type: 'string', maxLength: 32, description: 'Month that was billed, such as 2026-10.' };

export function invoiceRoutes({ app }: { app: App }): FastifyPluginAsync {
  return async (fastify) => {
    fastify.get<{ Querystring: InvoiceQuery }>(
      '/invoices',
      {
        config: { scope: 'read' },
        preValidation: readLimit,
        schema: {
          operationId: 'listInvoices',
          summary: 'Invoices with their lines, ascending by number',
          tags: ['invoices'],
          querystring: pageQuery({ period, shop_id: id, run_id: id }),
          response: { 200: json('InvoiceList', 'A page of invoices.'), ...problems(400, 401, 403) },
        },
      },
      async ({ query }) => {
        const page = await app.readModels.listInvoices({
          periodStartDate: query.period === undefined ? null : monthDates(query.period).first,
          shopId: query.shop_id ?? null,
          runId: query.run_id ?? null,
          cursor: query.cursor ?? null,
          limit: query.limit,
        });
        return { invoices: page.items.map(presentInvoice), next_cursor: page.nextCursor };
      },
    );

    fastify.get<{ Params: { number: string } }>(
      '/invoices/:number',
      {
        config: { scope: 'read' },
        schema: {
          operationId: 'getInvoice',
          summary: 'An invoice by its number',
          tags: ['invoices'],
          params: pathOf('number'),
          response: { 200: json('Invoice', 'The invoice.'), ...problems(400, 401, 403, 404) },
        },
      },
      async (request) => {
        const invoice = await app.readModels.findInvoice(request.params.number);
        if (invoice === null) {
          throw new BillingError('NOT_FOUND', `There is no invoice ${JSON.stringify(request.params.number)}.`);
        }
        request.correlationId = invoice.runId;
        return presentInvoice(invoice);
      },
    );
  };
}
