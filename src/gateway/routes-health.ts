/** Whether this process lives, and whether it can do its work. Free for all: whoever watches carries no token. */
import type { FastifyPluginAsync, FastifyReply } from 'fastify';
import type { App, ComponentHealth, RunningRoles } from '../app.ts';
import { json } from './schemas.ts';
import { shareRunning } from './share-running.ts';

/** @param roles those running in this process; null when it is a gateway only */
export function healthRoutes({ app, roles }: { app: App; roles: RunningRoles | null }): FastifyPluginAsync {
  // Anyone may ask, so many askers must not become many connections to the servers.
  const serversHealth = shareRunning(async (): Promise<ComponentHealth[]> => {
    try {
      return await app.serversHealth();
    } catch (error) {
      app.logger.error({ err: error }, 'the servers cannot be asked for their health');
      return [{ name: 'servers', healthy: false, reason: 'They cannot be asked; the log has why.' }];
    }
  });

  const answer = async (reply: FastifyReply) => {
    const components = [...(await serversHealth()), ...(roles?.health() ?? [])];
    const healthy = components.every((component) => component.healthy);
    reply.code(healthy ? 200 : 503);
    return { status: healthy ? 'ok' : 'unavailable', components: components.map(presentComponent) };
  };
  const response = {
    200: json('Health', 'Everything it needs is there.'),
    503: json('Health', 'Something is away; its component says what.'),
  };
  const free = { tags: ['health'], security: [] };

  return async (fastify) => {
    fastify.get(
      '/health',
      { schema: { ...free, operationId: 'getHealth', summary: 'Servers and roles, with reasons', response } },
      (_request, reply) => answer(reply),
    );
    fastify.get(
      '/health/ready',
      { schema: { ...free, operationId: 'getReadiness', summary: 'Whether it can do its work', response } },
      (_request, reply) => answer(reply),
    );
    fastify.get(
      '/health/live',
      {
        schema: {
          ...free,
          operationId: 'getLiveness',
          summary: 'Whether the process answers; asks no server',
          response: { 200: json('Health', 'It answers.') },
        },
      },
      async () => ({ status: 'ok', components: [] }),
    );
  };
}

function presentComponent({ name, healthy, reason }: ComponentHealth) {
  return { name, healthy, reason };
}
