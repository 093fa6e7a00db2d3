/** What is served while no token is configured: this machine only. */
import type { FastifyRequest } from 'fastify';

/**
 * Why a request may not be served without a token, or null when it may. Coming from this machine is not enough: a
 * page in a browser here can send requests too, in its own name or, by a name that resolves to 127.0.0.1, in ours.
 */
export function refuseRemote({ socket, headers }: FastifyRequest): string | null {
  if (!isLoopbackAddress(socket.remoteAddress ?? '')) {
    return 'No API token is configured, so only this machine is served: set API_TOKENS.';
  }
  if (!isLoopbackHost(hostnameOf(`http://${headers.host ?? ''}`))) {
    return 'No API token is configured, so only requests to localhost are served: set API_TOKENS.';
  }
  const origin = headers.origin;
  if (origin !== undefined && !isSameOrigin(origin, headers.host ?? '')) {
    return 'No API token is configured, so requests of other web pages are not served: set API_TOKENS.';
  }
  const site = headers['sec-fetch-site'];
  if (site !== undefined && site !== 'same-origin' && site !== 'none') {
    return 'No API token is configured, so requests of other web pages are not served: set API_TOKENS.';
  }
  return null;
}

/** Whether a host to listen on, or one that was asked for, means this machine. */
export function isLoopbackHost(host: string): boolean {
  return host === 'localhost' || isLoopbackAddress(host.replace(/^\[(.*)\]$/, '$1'));
}

function isLoopbackAddress(address: string): boolean {
  return address === '::1' || /^(::ffff:)?127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/i.test(address);
}

function hostnameOf(url: string): string {
  return URL.canParse(url) ? new URL(url).hostname : '';
}

function isSameOrigin(origin: string, host: string): boolean {
  return URL.canParse(origin) && new URL(origin).host === host;
}
