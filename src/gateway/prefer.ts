/** `Prefer: wait=30` (RFC 7240): for how long a client is ready to wait for the result itself. */

const MAX_WAIT_S = 120;

/**
 * Seconds to wait, at most two minutes; null when the client asks for none.
 * @param header the Prefer header, repeats joined
 */
export function preferredWait(header: string | readonly string[] | undefined): number | null {
  const preferences = [header ?? []].flat().join(',').split(',');
  for (const preference of preferences) {
    const seconds = /^\s*wait\s*=\s*"?(\d{1,9})"?\s*(;|$)/i.exec(preference)?.[1];
    // The first mention counts, as the RFC has it.
    if (seconds !== undefined) return Number(seconds) > 0 ? Math.min(Number(seconds), MAX_WAIT_S) : null;
  }
  return null;
}
