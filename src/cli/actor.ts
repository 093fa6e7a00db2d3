/** Who asks: the user of the operating system. */
import { userInfo } from 'node:os';
import type { Trigger } from '../domain/requests.ts';

export function cliTrigger(): Trigger {
  return { source: 'cli', actor: userName(), deliveryId: null };
}

function userName(): string | null {
  try {
    return userInfo().username;
  } catch {
    return null; // In a container the user id may have no name.
  }
}
