/** The HTTP side: triggers in, read models out. It decides nothing about billing. */
import { randomUUID } from 'node:crypto';
import helmet from '@fastify/helmet';
import Fastify, { type FastifyError, type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import type { App, RunningRoles } from '../app.ts';
import { BillingError } from '../errors.ts';
import { createAuth } from './auth.ts';
import { createMetrics } from './metrics.ts';
import { observeRequests } from './observe-requests.ts';
import { registerOpenApi } from './openapi.ts';
import { PREFIX } from './prefix.ts';
import { problemOf, sendProblem, statusOf } from './problem.ts';
import { cancelRoutes } from './routes-cancel.ts';
import { billRoutes } from './routes-bills.ts';
import { deadLetterRoutes, encodeDeadLetterId } from './routes-dead-letters.ts';
import { healthRoutes } from './routes-health.ts';
import { holdRoutes } from './routes-holds.ts';
import { invoiceChangeRoutes } from './routes-invoice-changes.ts';
import { invoiceRoutes } from './routes-invoices.ts';
import { issuingRoutes } from './routes-issuing.ts';
import { metricsRoutes } from './routes-metrics.ts';
import { problemRoutes } from './routes-problems.ts';
import { runRoutes } from './routes-runs.ts';
import { statusRoutes } from './routes-status.ts';
import { testClockRoutes } from './routes-test-clock.ts';
import { triggerRoutes } from './routes-triggers.ts';
import { watchMethods } from './wrong-method.ts';

const MAX_BODY_BYTES = 1024 * 1024;

/** Shop ids have up to 256 characters, each up to 12 when percent-encoded; the schema counts them, decoded. */
const MAX_PARAM_LENGTH = 256 * 12;

export interface GatewayOptions {
  readonly app: App;
  /** Roles running in this process, shown in its health. */
  readonly roles?: RunningRoles;
}

/** Makes the gateway, ready for `inject`, not listening yet. Closing it ends streams and waiting clients first. */
export async function createGateway({ app, roles }: GatewayOptions): Promise<FastifyInstance> {
  const stopping = new AbortController();
  const metrics = createMetrics();
  const fail = (error: unknown, request: FastifyRequest, reply: FastifyReply) =>
    answerError(app, error, request, reply);
  const fastify = Fastify({
    logger: false, // Requests are logged by observe-requests.ts with the app's own logger.
    genReqId: () => randomUUID(),
    bodyLimit: MAX_BODY_BYTES,
    rewriteUrl: ({ url = '/' }) => encodeDeadLetterId(url),
    routerOptions: { maxParamLength: MAX_PARAM_LENGTH },
    // By default unknown fields would be dropped and types bent: a misspelt dry_run must not become a live run.
    ajv: { customOptions: { removeAdditional: false, coerceTypes: false } },
    frameworkErrors: fail,
  });
  // The default serializer silently leaves out what a response schema does not name.
  fastify.setSerializerCompiler(() => (data) => JSON.stringify(data));
  fastify.removeContentTypeParser('text/plain');
  fastify.decorateRequest('caller', null);
  fastify.addHook('preClose', async () => stopping.abort(new BillingError('UNAVAILABLE', 'The gateway stops.')));
  fastify.setErrorHandler<FastifyError>(fail);
  fastify.setNotFoundHandler((_request, reply) =>
    sendProblem(reply, { code: 'NOT_FOUND', detail: 'There is no such route; /docs lists them all.' }),
  );
  observeRequests(fastify, { logger: app.logger, metrics });

  await fastify.register(helmet, {
    contentSecurityPolicy: { useDefaults: false, directives: { defaultSrc: ["'none'"], frameAncestors: ["'none'"] } },
  });
  await registerOpenApi(fastify);
  const refuseOtherMethods = watchMethods(fastify);
  await fastify.register(problemRoutes);
  await fastify.register(metricsRoutes({ app, metrics, roles: roles ?? null }));
  await fastify.register(
    async (api) => {
      api.addHook('onRequest', async (_request, reply) => void reply.header('cache-control', 'no-store'));
      await api.register(healthRoutes({ app, roles: roles ?? null }));
      await api.register(async (guarded) => {
        guarded.addHook('onRequest', createAuth(app.config.apiTokens));
        await guarded.register(triggerRoutes({ app, stopping: stopping.signal }));
        await guarded.register(runRoutes({ app, stopping: stopping.signal }));
        await guarded.register(cancelRoutes({ app, stopping: stopping.signal }));
        await guarded.register(invoiceRoutes({ app }));
        await guarded.register(billRoutes({ app }));
        await guarded.register(invoiceChangeRoutes({ app, stopping: stopping.signal }));
        await guarded.register(holdRoutes({ app, stopping: stopping.signal }));
        await guarded.register(deadLetterRoutes({ app }));
        await guarded.register(issuingRoutes({ app }));
        await guarded.register(statusRoutes({ app }));
        if (app.testClock !== null) await guarded.register(testClockRoutes({ clock: app.testClock }));
      });
    },
    { prefix: PREFIX },
  );
  refuseOtherMethods();

  if (app.config.apiTokens.length === 0) {
    app.logger.warn({}, 'no API_TOKENS are configured: the gateway serves this machine only');
  }
  return fastify.ready().then(() => fastify);
}

function answerError(app: App, error: unknown, request: FastifyRequest, reply: FastifyReply): void {
  const problem = problemOf(error, request.id);
  const status = statusOf(problem.code);
  const fields = { err: error, requestId: request.id, correlationId: request.correlationId };
  if (status === 503) app.logger.warn(fields, 'request not answered: a server is away');
  else if (status >= 500) app.logger.error(fields, 'request failed');
  sendProblem(reply, problem);
}
