/** The OpenAPI document, made from the routes' own schemas, and the page that shows it at /docs. */
import swagger from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import type { FastifyInstance } from 'fastify';
import { SCHEMAS } from './schemas.ts';

/** Version of the HTTP contract; it does not follow the package's. */
const CONTRACT_VERSION = '1.0.0';

/** The page brings its own scripts and styles; nothing is fetched from elsewhere, and no other page may frame it. */
const DOCS_CSP = {
  'default-src': "'self'",
  'base-uri': "'self'",
  'img-src': ["'self'", 'data:'],
  'object-src': "'none'",
  'style-src': ["'self'", "'unsafe-inline'"],
  'frame-ancestors': "'none'",
};

/** Must come before the routes: they are collected as they are registered. */
export async function registerOpenApi(fastify: FastifyInstance): Promise<void> {
  for (const schema of SCHEMAS) fastify.addSchema(schema);
  await fastify.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'billing-scheduler',
        version: CONTRACT_VERSION,
        description: 'Bills every shop once a month. Errors are RFC 9457 problems with a stable code.',
      },
      components: { securitySchemes: { token: { type: 'http', scheme: 'bearer' } } },
      security: [{ token: [] }],
      tags: ['billing', 'runs', 'invoices', 'holds', 'dead letters', 'status', 'health'].map((name) => ({ name })),
    },
    refResolver: {
      buildLocalReference: (json, _baseUri, _fragment, index) =>
        typeof json['$id'] === 'string' ? json['$id'] : `schema-${index}`,
    },
  });
  await fastify.register(swaggerUi, {
    routePrefix: '/docs',
    staticCSP: DOCS_CSP,
    // The default sends the document to a validator on the internet.
    uiConfig: { validatorUrl: null },
  });
}
