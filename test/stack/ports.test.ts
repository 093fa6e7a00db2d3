import { once } from 'node:events';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { choosePorts, isPortFree } from '../../stack/ports.ts';

let servers: Server[] = [];

afterEach(() => {
  for (const server of servers) server.close();
  servers = [];
});

async function listening(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  servers.push(server);
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

describe('ports', () => {
  it('are kept where they are still free, and chosen anew where not', async () => {
    const occupied = await listening();
    const [free = 0] = await choosePorts([null], new Set());

    const [first, second, third] = await choosePorts([free, occupied, null], new Set());

    expect(first).toBe(free);
    expect(new Set([first, second, third, occupied]).size).toBe(4);
    expect(await isPortFree(occupied)).toBe(false);
  });

  it('are never promised twice', async () => {
    const [free = 0] = await choosePorts([null], new Set());
    const taken = new Set([free]);

    const [other = 0] = await choosePorts([free], taken);

    expect(other).not.toBe(free);
    expect(taken).toEqual(new Set([free, other]));
  });
});
