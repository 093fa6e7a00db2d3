/** Voiding and crediting invoices. */
import type { FastifyPluginAsync } from 'fastify';
import type { InvoiceView } from '../adapters/read-models.ts';
import type { App } from '../app.ts';
import { answerCommand } from './answer-command.ts';
import { findCreditedInvoice, findVoidedInvoice } from './command-outcome.ts';
import { presentInvoice } from './present-invoice.ts';
import { json, problems } from './schemas.ts';
import { pathOf, reason, requireReason, waitHeaders } from './schemas-in.ts';

const response = {
  200: json('Invoice', 'It is done, in the time the client was ready to wait: the invoice as it is now.'),
  202: json('CommandAccepted', 'It is asked for: where to look.'),
  ...problems(400, 401, 403, 404, 409, 413, 415),
};
const amount = { type: 'string', maxLength: 64, description: 'Decimal, in major units of the invoice: 10.00.' };
const creditBody = {
  type: 'object',
  additionalProperties: false,
  required: ['amount', 'reason'],
  properties: { amount, reason },
};

export function invoiceChangeRoutes({ app, stopping }: { app: App; stopping: AbortSignal }): FastifyPluginAsync {
  const presented = async (invoice: Promise<InvoiceView | null>) => {
    const found = await invoice;
    return found && presentInvoice(found);
  };
  const pathTo = (invoiceNumber: string) => `/invoices/${encodeURIComponent(invoiceNumber)}`;
  return async (fastify) => {
    fastify.post<{ Params: { number: string }; Body: { reason: string } }>(
      '/invoices/:number/void',
      {
        config: { scope: 'operate' },
        schema: {
          operationId: 'voidInvoice',
          summary: 'Void an invoice: its month can be billed again',
          tags: ['invoices'],
          headers: waitHeaders,
          params: pathOf('number'),
          body: requireReason,
          response,
        },
      },
      async (request, reply) => {
        const { params, body, caller } = request;
        const invoiceNumber = params.number;
        const ask = { invoiceNumber, reason: body.reason, actor: caller?.name ?? null };
        const { requestId, invoice } = await app.voidInvoice(ask);
        request.correlationId = invoice.runId;
        const find = () => presented(findVoidedInvoice(app.readModels, { invoiceNumber, requestId }));
        const path = pathTo(invoiceNumber);
        return answerCommand({ app, stopping, request, reply, requestId, path, find });
      },
    );

    fastify.post<{ Params: { number: string }; Body: { amount: string; reason: string } }>(
      '/invoices/:number/credit',
      {
        config: { scope: 'operate' },
        schema: {
          operationId: 'creditInvoice',
          summary: 'Credit a part of an invoice, or all of it',
          tags: ['invoices'],
          headers: waitHeaders,
          params: pathOf('number'),
          body: creditBody,
          response,
        },
      },
      async (request, reply) => {
        const { params, body, caller } = request;
        const invoiceNumber = params.number;
        const ask = { invoiceNumber, amount: body.amount, reason: body.reason, actor: caller?.name ?? null };
        const { requestId, invoice } = await app.creditInvoice(ask);
        request.correlationId = invoice.runId;
        const find = () => presented(findCreditedInvoice(app.readModels, { invoiceNumber, requestId }));
        const path = pathTo(invoiceNumber);
        return answerCommand({ app, stopping, request, reply, requestId, path, find });
      },
    );
  };
}
