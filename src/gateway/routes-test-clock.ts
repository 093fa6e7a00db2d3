/** Moves the clock of a service that was started with one that can be moved. Not there otherwise. */
import type { FastifyPluginAsync } from 'fastify';
import type { MovableClock } from '../adapters/movable-clock.ts';
import { json, problems } from './schemas.ts';

export function testClockRoutes({ clock }: { clock: MovableClock }): FastifyPluginAsync {
  return async (fastify) => {
    fastify.post<{ Body: { now: string } }>(
      '/test/clock',
      {
        config: { scope: 'operate' },
        schema: {
          operationId: 'moveTestClock',
          summary: 'Set the clock of this process (test mode only)',
          tags: ['test'],
          body: {
            type: 'object',
            additionalProperties: false,
            required: ['now'],
            properties: {
              now: { type: 'string', format: 'date-time', maxLength: 64, description: 'Such as 2026-11-01T02:00:00Z.' },
            },
          },
          response: { 200: json('TestClock', 'The clock as it is now.'), ...problems(400, 401, 403) },
        },
      },
      async ({ body }) => {
        clock.moveTo(Date.parse(body.now));
        return { now: new Date(clock.now()).toISOString() };
      },
    );
  };
}
