import { expect, test } from 'vitest';
import { createGateway } from '../../src/gateway/create-gateway.ts';
import { fakeApp } from '../gateway/fake-app.ts';
import { prose } from './pages.ts';

test('docs/http.md lists every route, and no other', async () => {
  const gateway = await createGateway({ app: fakeApp().app });
  const document = await gateway.inject({ method: 'GET', url: '/docs/json' });
  const { paths } = document.json<{ paths: Record<string, Record<string, unknown>> }>();
  await gateway.close();
  const routes = Object.entries(paths).flatMap(([path, methods]) =>
    Object.keys(methods)
      .filter((method) => method !== 'head')
      .map((method) => `${method.toUpperCase()} ${path.replace(/^\/api\/billing-scheduler/, '')}`),
  );

  const listed = [...prose('docs/http.md').matchAll(/^\| `((?:GET|POST) [^`]+)` \|/gm)].map((match) => match[1]!);

  expect(listed.sort()).toEqual(routes.sort());
});
