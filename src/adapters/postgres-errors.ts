/** Sorts what Postgres and its driver throw into the error table. A program's own mistake is passed on as it is. */
import pg from 'pg';
import { BillingError } from '../errors.ts';

/** A deadlock or a serialization failure: the same transaction may succeed when run again. */
export function isWorthRepeating(error: unknown): boolean {
  return error instanceof pg.DatabaseError && (error.code === '40P01' || error.code === '40001');
}

/** True when the server itself answered with this error, so that the connection is still in a known state. */
export function isServerAnswer(error: unknown): boolean {
  return error instanceof pg.DatabaseError && !/^(57P|08)/.test(error.code ?? '');
}

/** A connection could not be had: POSTGRES_UNREACHABLE naming the address, or UNAVAILABLE when our pool is used up. */
export function fromConnectError(error: unknown, address: string): BillingError {
  const cause = error instanceof Error ? error : new Error(String(error));
  if (cause.message === 'timeout exceeded when trying to connect') {
    return new BillingError('UNAVAILABLE', `All connections to Postgres at ${address} are in use.`, { cause });
  }
  const why = cause.message || (cause as { code?: string }).code || cause.name;
  return new BillingError('POSTGRES_UNREACHABLE', `Postgres at ${address} does not answer: ${why}`, { cause });
}

/**
 * An error of a statement. Lost connections, shutdowns, timeouts, full disks, read-only standbys and failed
 * serialization are UNAVAILABLE; a missing table is SETUP_MISSING; everything else is returned unchanged.
 */
export function fromStatementError(error: unknown, address: string): unknown {
  if (error instanceof BillingError || !(error instanceof Error)) return error;
  if (error instanceof pg.DatabaseError) {
    const code = error.code ?? '';
    if (code === '42P01') {
      return new BillingError('SETUP_MISSING', `${error.message}: run \`billing migrate\`.`, { cause: error });
    }
    // connection, resources, operator and system errors; cancelled; lock not available; read only; rolled back
    if (!/^(08|40|53|57|58|55P03|25006)/.test(code)) return error;
    return new BillingError('UNAVAILABLE', `Postgres at ${address}: ${error.message}`, { cause: error });
  }
  if (!isDriverError(error)) return error;
  return new BillingError('UNAVAILABLE', `Connection to Postgres at ${address}: ${error.message}`, { cause: error });
}

/** The driver throws plain errors for a broken connection; it tells them apart by text, and sockets by their code. */
function isDriverError(error: Error): boolean {
  const code = (error as { code?: unknown }).code;
  const bySocket = typeof code === 'string' && /^(E[A-Z]+)$/.test(code) && (error as { syscall?: string }).syscall;
  return (
    Boolean(bySocket) ||
    /^(Connection terminated|Client (was closed|has encountered)|Query read timeout)/.test(error.message)
  );
}
