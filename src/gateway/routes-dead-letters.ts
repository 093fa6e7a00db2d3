/** What was set aside, and what is done about it. */
import type { FastifyPluginAsync } from 'fastify';
import type { App } from '../app.ts';
import { parseDeadLetterFilter } from './dead-letter-filter.ts';
import { findDeadLetter } from './find-dead-letter.ts';
import {
  presentDeadLetter,
  presentDiscarded,
  presentFoundDeadLetter,
  presentLeft,
  presentRedriven,
} from './present-dead-letter.ts';
import { json, problems } from './schemas.ts';
import { id, pageQuery, pathOf, readLimit, reason, requireReason, type PageQuery } from './schemas-in.ts';

interface FilterJson {
  readonly code?: string;
  readonly run_id?: string;
  readonly topic?: string;
  readonly older_than?: string;
  readonly newer_than?: string;
}

const text = (description: string) => ({ type: 'string', minLength: 1, maxLength: 256, description });
const filters = {
  code: text('Failure code, such as PLAN_NOT_RATABLE.'),
  run_id: id,
  topic: text('The topic they were read from, such as shop-requests.'),
  older_than: text('Failed longer ago than this: 30m, 2h, 7d.'),
  newer_than: text('Failed no longer ago than this.'),
};
const allOf = {
  type: 'object',
  additionalProperties: false,
  required: ['all'],
  properties: { all: { type: 'boolean', enum: [true], description: 'All that wait and fit the filters.' }, ...filters },
};

export function deadLetterRoutes({ app }: { app: App }): FastifyPluginAsync {
  const filterOf = ({ code, run_id: run, topic, older_than: olderThan, newer_than: newerThan }: FilterJson) =>
    parseDeadLetterFilter({ code, run, topic, olderThan, newerThan }, app.clock.now());
  return async (fastify) => {
    fastify.get<{ Querystring: PageQuery & FilterJson & { state?: 'open' | 'settled' } }>(
      '/dead-letters',
      {
        config: { scope: 'read' },
        preValidation: readLimit,
        schema: {
          operationId: 'listDeadLetters',
          summary: 'Messages that were set aside',
          tags: ['dead letters'],
          querystring: pageQuery({
            ...filters,
            state: {
              type: 'string',
              enum: ['open', 'settled'],
              default: 'open',
              description: 'settled: those that were redriven or discarded.',
            },
          }),
          response: { 200: json('DeadLetterList', 'A page of dead letters.'), ...problems(400, 401, 403) },
        },
      },
      async ({ query }) => {
        const where = { ...filterOf(query), settled: query.state === 'settled' };
        const page = await app.readModels.listDeadLetters({ where, cursor: query.cursor ?? null, limit: query.limit });
        return { dead_letters: page.items.map(presentDeadLetter), next_cursor: page.nextCursor };
      },
    );

    fastify.get<{ Params: { id: string } }>(
      '/dead-letters/:id',
      {
        config: { scope: 'read' },
        schema: {
          operationId: 'getDeadLetter',
          summary: 'A dead letter with its message, headers and history',
          description: 'The id may be sent as it is, with its slashes, or percent-encoded.',
          tags: ['dead letters'],
          params: pathOf('id'),
          response: { 200: json('DeadLetterDetail', 'The dead letter.'), ...problems(400, 401, 403, 404) },
        },
      },
      async (request) => {
        const found = await findDeadLetter(app, request.params.id);
        if (found.letter.runId !== null) request.correlationId = found.letter.runId;
        return presentFoundDeadLetter(found);
      },
    );

    fastify.post<{ Params: { id: string }; Body: { reason?: string } }>(
      '/dead-letters/:id/redrive',
      {
        config: { scope: 'operate' },
        preValidation: async (request) => void (request.body ??= {}),
        schema: {
          operationId: 'redriveDeadLetter',
          summary: 'Send a dead letter back to the topic it came from',
          tags: ['dead letters'],
          params: pathOf('id'),
          body: { type: 'object', additionalProperties: false, properties: { reason } },
          response: {
            200: json('DeadLetterRedriven', 'It is on its way; what becomes of it is told by its run.'),
            ...problems(400, 401, 403, 404, 409, 413, 415),
          },
        },
      },
      async ({ params, body, caller }) => {
        const ask = { ids: [params.id], where: {}, reason: body.reason ?? '', actor: caller?.name ?? null };
        return presentRedriven((await app.redriveDeadLetters(ask)).settled[0]!);
      },
    );

    fastify.post<{ Params: { id: string }; Body: { reason: string } }>(
      '/dead-letters/:id/discard',
      {
        config: { scope: 'operate' },
        schema: {
          operationId: 'discardDeadLetter',
          summary: 'Give a dead letter up',
          tags: ['dead letters'],
          params: pathOf('id'),
          body: requireReason,
          response: {
            200: json('DeadLetterDiscarded', 'It is off the list.'),
            ...problems(400, 401, 403, 404, 409, 413, 415),
          },
        },
      },
      async ({ params, body, caller }) => {
        const ask = { ids: [params.id], where: {}, reason: body.reason, actor: caller?.name ?? null };
        return presentDiscarded((await app.discardDeadLetters(ask)).settled[0]!);
      },
    );

    fastify.post<{ Body: FilterJson & { reason?: string } }>(
      '/dead-letters/redrive',
      {
        config: { scope: 'operate' },
        schema: {
          operationId: 'redriveDeadLetters',
          summary: 'Send all dead letters back that fit the filters',
          tags: ['dead letters'],
          body: { ...allOf, properties: { ...allOf.properties, reason } },
          response: {
            200: json('DeadLettersRedriven', 'Those sent back, and those that cannot be.'),
            ...problems(400, 401, 403, 413, 415),
          },
        },
      },
      async ({ body, caller }) => {
        const ask = { ids: null, where: filterOf(body), reason: body.reason ?? '', actor: caller?.name ?? null };
        const { settled, left } = await app.redriveDeadLetters(ask);
        return { redriven: settled.map(presentRedriven), left: left.map(presentLeft) };
      },
    );

    fastify.post<{ Body: FilterJson & { reason: string } }>(
      '/dead-letters/discard',
      {
        config: { scope: 'operate' },
        schema: {
          operationId: 'discardDeadLetters',
          summary: 'Give all dead letters up that fit the filters',
          tags: ['dead letters'],
          body: { ...allOf, required: ['all', 'reason'], properties: { ...allOf.properties, reason } },
          response: {
            200: json('DeadLettersDiscarded', 'Those given up.'),
            ...problems(400, 401, 403, 413, 415),
          },
        },
      },
      async ({ body, caller }) => {
        const ask = { ids: null, where: filterOf(body), reason: body.reason, actor: caller?.name ?? null };
        return { discarded: (await app.discardDeadLetters(ask)).settled.map(presentDiscarded) };
      },
    );
  };
}

/**
 * A dead letter's id has slashes, and people paste it as it is: in a path it becomes one segment. What is encoded
 * already, and every other path, stays as it is.
 */
export function encodeDeadLetterId(url: string): string {
  return url.replace(/(\/dead-letters\/[^/?#]+\.dlq)\/(\d+)\/(\d+)(?=[/?#]|$)/, '$1%2F$2%2F$3');
}
