import Fastify, { type FastifyInstance } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createGateway } from '../../src/gateway/create-gateway.ts';
import { SCHEMAS } from '../../src/gateway/schemas.ts';
import { fakeApp } from './fake-app.ts';
import {
  creditNoteView,
  deadLetterView,
  heldBillView,
  invoiceView,
  runView,
  shopResultView,
  WITHOUT_AMOUNTS,
} from './views.ts';

const API = '/api/billing-scheduler';

interface Operation {
  operationId: string;
  summary: string;
  parameters?: { name: string; in: string }[];
  requestBody?: unknown;
  responses: Record<string, { description: string; content?: Record<string, { schema: { $ref?: string } }> }>;
  security?: unknown[];
}
interface Document {
  openapi: string;
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, object> };
  security: unknown[];
}

let gateway: FastifyInstance;
let document: Document;
beforeAll(async () => {
  const failed = { ...WITHOUT_AMOUNTS, shopDomain: null, outcome: 'failed', reason: 'INTERNAL', error: 'x' } as const;
  const settlement = { action: 'redriven', reason: 'mended', actor: 'ann', settledAt: 1 } as const;
  const decision = { action: 'rejected', reason: 'bots', actor: null, decidedAt: 1 } as const;
  const { app } = fakeApp({
    runs: [runView()],
    shopResults: [shopResultView('s1'), shopResultView('s2', failed)],
    invoices: [invoiceView(1, { creditNotes: [creditNoteView(1)] })],
    heldBills: [heldBillView('s1'), heldBillView('s2', { decision })],
    deadLetters: [
      deadLetterView(1n),
      deadLetterView(2n, { originalPartition: null, originalOffset: null, key: null, settlement }),
    ],
    records: [
      { topic: 'shop-requests.dlq', partition: 0, offset: 1n, timestamp: 0, key: 's1', value: null, headers: {} },
    ],
    published: false,
  });
  gateway = await createGateway({ app });
  document = (await gateway.inject({ method: 'GET', url: '/docs/json' })).json();
});
afterAll(() => gateway.close());

describe('the document', () => {
  it('covers every route, and no more', () => {
    const routes = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
    );

    expect(routes.toSorted()).toEqual(
      [
        `POST ${API}/process-monthly-billing`,
        `POST ${API}/process-shop-billing/{shop_id}`,
        `GET ${API}/status`,
        `GET ${API}/health`,
        `GET ${API}/health/live`,
        `GET ${API}/health/ready`,
        `GET ${API}/runs`,
        `GET ${API}/runs/{id}`,
        `GET ${API}/runs/{id}/shops`,
        `GET ${API}/runs/{id}/progress`,
        `POST ${API}/runs/{id}/cancel`,
        `POST ${API}/issuing/pause`,
        `POST ${API}/issuing/resume`,
        `GET ${API}/holds`,
        `GET ${API}/holds/{id}`,
        `POST ${API}/holds/{id}/release`,
        `POST ${API}/holds/{id}/reject`,
        `POST ${API}/invoices/{number}/void`,
        `POST ${API}/invoices/{number}/credit`,
        `GET ${API}/invoices`,
        `GET ${API}/invoices/{number}`,
        `GET ${API}/shops/{id}/bills/{period}`,
        `GET ${API}/dead-letters`,
        `GET ${API}/dead-letters/{id}`,
        `POST ${API}/dead-letters/{id}/redrive`,
        `POST ${API}/dead-letters/{id}/discard`,
        `POST ${API}/dead-letters/redrive`,
        `POST ${API}/dead-letters/discard`,
        'GET /metrics',
      ].toSorted(),
    );
  });

  it('is OpenAPI 3.1 whose references lead somewhere and whose operations are complete', () => {
    expect(document.openapi).toBe('3.1.0');
    const references = [...JSON.stringify(document).matchAll(/"\$ref":"([^"]+)"/g)].map((match) => match[1]!);
    expect(references.length).toBeGreaterThan(20);
    for (const reference of references) {
      expect(reference).toMatch(/^#\/components\/schemas\//);
      expect(Object.keys(document.components.schemas)).toContain(reference.split('/').at(-1));
    }
    const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.values(methods).map((operation) => ({ path, operation })),
    );
    expect(new Set(operations.map(({ operation }) => operation.operationId)).size).toBe(operations.length);
    for (const { path, operation } of operations) {
      const inPath = [...path.matchAll(/\{(\w+)\}/g)].map((match) => match[1]);
      const described = (operation.parameters ?? []).filter((one) => one.in === 'path').map((one) => one.name);
      expect(described).toEqual(inPath);
      expect(operation.summary).not.toBe('');
      for (const response of Object.values(operation.responses)) expect(response.description).not.toBe('');
    }
    expect(JSON.stringify(document)).not.toContain('nullable');
  });

  it('asks for a token everywhere but for health and metrics', () => {
    expect(document.security).toEqual([{ token: [] }]);
    const free = Object.entries(document.paths).filter(([, methods]) => methods['get']?.security?.length === 0);

    expect(free.map(([path]) => path).toSorted()).toEqual(
      [`${API}/health`, `${API}/health/live`, `${API}/health/ready`, '/metrics'].toSorted(),
    );
  });

  it('says what a trigger takes', () => {
    expect(document.paths[`${API}/process-monthly-billing`]!['post']!.requestBody).toMatchObject({
      content: {
        'application/json': { schema: { additionalProperties: false, properties: { shop_ids: { maxItems: 10_000 } } } },
      },
    });
  });
});

describe('answers are as described, without anything left undescribed', () => {
  /** Refuses whatever does not fit the schema named in the path. */
  const validator = Fastify({
    ajv: { customOptions: { coerceTypes: false, removeAdditional: false, allowUnionTypes: true } },
  });
  beforeAll(() => {
    for (const schema of SCHEMAS) {
      validator.addSchema('additionalProperties' in schema ? schema : { ...schema, additionalProperties: false });
      validator.post(`/${schema.$id}`, { schema: { body: { $ref: `${schema.$id}#` } } }, async () => 'fits');
    }
  });
  afterAll(() => validator.close());

  it.each([
    ['GET', `${API}/runs`, 200],
    ['GET', `${API}/runs/run-1`, 200],
    ['GET', `${API}/runs/run-1/shops`, 200],
    ['GET', `${API}/invoices`, 200],
    ['GET', `${API}/invoices/INV-2026-000001`, 200],
    ['POST', `${API}/runs/run-1/cancel`, 202, { reason: 'r' }],
    ['POST', `${API}/issuing/pause`, 200, { reason: 'r' }],
    ['POST', `${API}/issuing/resume`, 200, { reason: 'r' }],
    ['GET', `${API}/holds`, 200],
    ['GET', `${API}/holds/bill-s1`, 200],
    ['GET', `${API}/holds/bill-s2`, 200],
    ['GET', `${API}/holds/none`, 404],
    ['POST', `${API}/holds/bill-s1/release`, 202, { reason: 'r' }],
    ['POST', `${API}/holds/bill-s1/reject`, 202, { reason: 'r' }],
    ['POST', `${API}/invoices/INV-2026-000001/void`, 202, { reason: 'r' }],
    ['POST', `${API}/invoices/INV-2026-000001/credit`, 202, { amount: '1.00', reason: 'r' }],
    ['GET', `${API}/dead-letters`, 200],
    ['GET', `${API}/dead-letters/shop-requests.dlq%2F0%2F1`, 200],
    ['GET', `${API}/dead-letters/shop-requests.dlq%2F0%2F2`, 200],
    ['POST', `${API}/dead-letters/shop-requests.dlq%2F0%2F1/redrive`, 200],
    ['POST', `${API}/dead-letters/shop-requests.dlq%2F0%2F1/discard`, 200, { reason: 'known' }],
    ['POST', `${API}/dead-letters/redrive`, 200, { all: true }],
    ['POST', `${API}/dead-letters/discard`, 200, { all: true, reason: 'known' }],
    ['POST', `${API}/dead-letters/discard`, 400, { reason: 'known' }],
    ['GET', `${API}/status`, 200],
    ['GET', `${API}/health`, 200],
    ['GET', `${API}/health/live`, 200],
    ['POST', `${API}/process-monthly-billing`, 202],
    ['POST', `${API}/process-shop-billing/s1`, 202],
    ['GET', `${API}/runs/none`, 404],
    ['GET', `${API}/runs?limit=0`, 400],
  ] as const)('%s %s: %i', async (method, url, status, payload?: object) => {
    const response = await gateway.inject({ method, url, ...(payload && { payload }) });
    expect(response.statusCode).toBe(status);

    const paths = Object.keys(document.paths);
    const path = url.split('?')[0]!;
    const fits = (one: string) => new RegExp(`^${one.replaceAll(/\{\w+\}/g, '[^/]+')}$`).test(path);
    const template = paths.find((one) => one === path) ?? paths.find(fits)!;
    const described = document.paths[template]![method.toLowerCase()]!.responses[status]!;
    const mediaType = String(response.headers['content-type']).split(';')[0]!;
    const schemaName = described.content![mediaType]!.schema.$ref!.split('/').at(-1)!;
    const check = await validator.inject({ method: 'POST', url: `/${schemaName}`, payload: response.json<object>() });

    expect(check.body).toBe('fits');
  });
});

it('the page for people loads its own scripts and nothing else', async () => {
  const page = await gateway.inject({ method: 'GET', url: '/docs/' });
  const script = await gateway.inject({ method: 'GET', url: '/docs/static/swagger-ui-bundle.js' });
  const api = await gateway.inject({ method: 'GET', url: `${API}/runs` });

  expect(page.statusCode).toBe(200);
  expect(page.headers['content-security-policy']).toContain("default-src 'self'");
  expect(page.headers['content-security-policy']).not.toContain('upgrade-insecure-requests');
  expect(page.body).not.toMatch(/<script>|(src|href)="http/);
  expect(script.statusCode).toBe(200);
  expect(api.headers['content-security-policy']).toBe("default-src 'none';frame-ancestors 'none'");
});
