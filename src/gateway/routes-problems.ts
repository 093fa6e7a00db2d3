/** What the `type` of a problem points to: every code and what it means. */
import type { FastifyPluginAsync } from 'fastify';
import { ERRORS } from '../errors.ts';
import { HTTP_ERRORS, meaningOf, statusOf, type ProblemCode } from './problem.ts';

export const PROBLEM_CODES = [...Object.keys(HTTP_ERRORS), ...Object.keys(ERRORS)] as readonly ProblemCode[];

export const problemRoutes: FastifyPluginAsync = async (fastify) => {
  fastify.get('/docs/problems', { schema: { hide: true } }, async (_request, reply) =>
    reply.type('text/html; charset=utf-8').send(page()),
  );
};

function page(): string {
  const rows = PROBLEM_CODES.map(
    (code) =>
      `<tr id="${code}"><td><code>${code}</code></td><td>${statusOf(code)}</td><td>${escape(meaningOf(code))}</td></tr>`,
  );
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Problems</title></head><body><h1>Problems</h1>
<table><thead><tr><th>Code</th><th>Status</th><th>Meaning</th></tr></thead><tbody>
${rows.join('\n')}
</tbody></table></body></html>
`;
}

function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
}
