/** Who asks: the user of the operating system. */
import { userInfo } from 'node:os';
import type { Trigger } from '../domain/requests.ts';

export function cliTrigger(): Trigger {
  return { source: 'cli', actor: userName(), deliveryId: null };
}

/** Null where the user of the operating system has no name, as in a container. */
export function userName(): string | null {
  try {
    return userInfo().username;
  } catch {
    return null;
  }
}
