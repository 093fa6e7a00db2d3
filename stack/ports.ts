import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';

export const LOOPBACK = '127.0.0.1';

/** Below the range from which systems take ports for outgoing connections, so that a remembered port stays free. */
const LOWEST = 20_000;
const HIGHEST = 32_000;

/** Whether nobody listens on the port of the loopback address. */
export function isPortFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ host: LOOPBACK, port, exclusive: true }, () => server.close(() => resolve(true)));
  });
}

/**
 * As many free ports as `remembered` has places: a remembered one where it is still free, otherwise a new one.
 * `taken` are ports promised to somebody else; the ports chosen are added to it.
 */
export async function choosePorts(remembered: readonly (number | null)[], taken: Set<number>): Promise<number[]> {
  const chosen: number[] = [];
  for (const port of remembered) {
    const keep = port !== null && !taken.has(port) && (await isPortFree(port));
    const choice = keep ? port : await anyFreePort(taken);
    taken.add(choice);
    chosen.push(choice);
  }
  return chosen;
}

async function anyFreePort(taken: ReadonlySet<number>): Promise<number> {
  for (;;) {
    const port = randomInt(LOWEST, HIGHEST);
    if (!taken.has(port) && (await isPortFree(port))) return port;
  }
}
