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

  const answer = (reply: FastifyReply, components: readonly ComponentHealth[]) => {
    const healthy = components.every((component) => component.healthy);
    reply.code(healthy ? 200 : 503);
    return { status: healthy ? 'ok' : 'unavailable', components: components.map(presentComponent) };
  };
  const readiness = async (reply: FastifyReply) =>
    answer(reply, [...(await serversHealth()), ...(roles?.health() ?? [])]);
  const response = {
    200: json('Health', 'Everything it needs is there.'),
    503: json('Health', 'Something is away; its component says what.'),
  };
  const free = { tags: ['health'], security: [] };

  return async (fastify) => {
    fastify.get(
      '/health',
      { schema: { ...free, operationId: 'getHealth', summary: 'Servers and roles, with reasons', response } },
      (_request, reply) => readiness(reply),
    );
    fastify.get(
      '/health/ready',
      { schema: { ...free, operationId: 'getReadiness', summary: 'Whether it can do its work', response } },
      (_request, reply) => readiness(reply),
    );
    fastify.get(
      '/health/live',
      {
        schema: {
          ...free,
          operationId: 'getLiveness',
          summary: 'Whether the process answers and none of its roles hangs; asks no server',
          response: {
            200: json('Health', 'It lives.'),
            503: json('Health', 'A role hangs: the process has to be started anew.'),
          },
        },
      },
      async (_request, reply) => answer(reply, roles?.liveness() ?? []),
    );
  };
}

function presentComponent({ name, healthy, reason }: ComponentHealth) {
  return { name, healthy, reason };
}
