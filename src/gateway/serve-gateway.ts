/** Puts the gateway on a port. */
import type { AddressInfo } from 'node:net';
import type { App } from '../app.ts';
import { BillingError } from '../errors.ts';
import { createGateway, type GatewayOptions } from './create-gateway.ts';
import { isLoopbackHost } from './loopback.ts';

export interface ServedGateway {
  /** Where it answers, without a slash at the end. */
  readonly url: string;
  /** Ends streams, finishes what is being answered, closes the port. */
  close(): Promise<void>;
}

/**
 * Listens on the configured host and port (0: any free one); without any token on this machine's own address only.
 * @throws BillingError CONFIG_INVALID when the address cannot be had
 */
export async function serveGateway(options: GatewayOptions): Promise<ServedGateway> {
  const { config, logger } = options.app;
  const host = hostOf(options.app);
  const gateway = await createGateway(options);
  try {
    await gateway.listen({ host, port: config.port });
  } catch (error) {
    await gateway.close();
    throw listenError(error, host, config.port);
  }
  const { port } = gateway.server.address() as AddressInfo;
  const url = `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
  logger.info({ url }, 'gateway listens');
  return { url, close: () => gateway.close() };
}

function hostOf({ config, logger }: App): string {
  if (config.apiTokens.length > 0 || isLoopbackHost(config.host)) return config.host;
  logger.warn({ host: config.host }, 'HOST is not used while no API_TOKENS are configured: listening on 127.0.0.1');
  return '127.0.0.1';
}

function listenError(error: unknown, host: string, port: number): unknown {
  switch ((error as { code?: unknown }).code) {
    case 'EADDRINUSE':
      return new BillingError(
        'CONFIG_INVALID',
        `Port ${port} of ${host} is in use: stop what uses it, or set PORT to another one (0 for any free one).`,
        { cause: error },
      );
    case 'EACCES':
      return new BillingError('CONFIG_INVALID', `Port ${port} may not be used by this user: set PORT above 1023.`, {
        cause: error,
      });
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return new BillingError('CONFIG_INVALID', `${host} is no address of this machine: set HOST.`, { cause: error });
    default:
      return error;
  }
}
