/** Environment → Config: the only file that reads the environment. Every mistake is reported at once. */
import { BillingError } from './errors.ts';

export const ROLES = ['gateway', 'ingester', 'planner', 'biller', 'projector', 'notifier', 'scheduler'] as const;
export type Role = (typeof ROLES)[number];

export type Scope = 'read' | 'run' | 'operate';

export interface ApiToken {
  readonly name: string;
  readonly token: string;
  readonly scopes: readonly Scope[];
}

export interface Servers {
  readonly kafka: {
    readonly brokers: readonly string[];
    readonly ssl: boolean;
    readonly sasl: {
      readonly mechanism: 'plain' | 'scram-sha-256' | 'scram-sha-512';
      username: string;
      password: string;
    } | null;
  };
  readonly registry: { readonly url: string; readonly user: string | null; readonly password: string | null };
  readonly databaseUrl: string;
}

export interface Config {
  /** Null: none of the three servers is configured; the local stack is used. */
  readonly servers: Servers | null;
  readonly topicPrefix: string;
  readonly partitions: number;
  readonly timeZone: string;
  readonly invoicePrefix: string;
  readonly retryDelaysMs: readonly number[];
  /** The configured servers are for tests: commands may pretend another time on them. */
  readonly testMode: boolean;
  /** A run without a new outcome for so long counts as stalled. */
  readonly runStalledAfterMs: number;
  readonly host: string;
  readonly port: number;
  readonly logLevel: string;
  readonly apiBaseUrl: string | null;
  readonly apiTokens: readonly ApiToken[];
}

type Environment = Readonly<Record<string, string | undefined>>;

const SERVER_VARIABLES = ['DATABASE_URL', 'KAFKA_BOOTSTRAP_SERVERS', 'SCHEMA_REGISTRY_URL'] as const;
const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'];
const SASL_MECHANISMS = ['plain', 'scram-sha-256', 'scram-sha-512'] as const;

/**
 * Reads the configuration.
 * @param environment process.env, or a test's own
 * @param defaults where a command's own differ: one that prints a result logs less than a server does
 * @throws BillingError CONFIG_INVALID that lists every problem (secrets are not repeated)
 */
export function loadConfig(
  environment: Environment = process.env,
  defaults: Partial<Pick<Config, 'logLevel' | 'port'>> = {},
): Config {
  const problems: string[] = [];
  const read = reader(environment, problems);
  const config: Config = {
    servers: readServers(environment, read, problems),
    topicPrefix: read('TOPIC_PREFIX', 'billing.', 'letters, digits, ".", "_" or "-"', (text) =>
      /^[a-zA-Z0-9._-]{0,100}$/.test(text) ? text : undefined,
    ),
    partitions: read('PARTITIONS', 4, 'a whole number from 1 to 1000', wholeNumber(1, 1000)),
    timeZone: read('BILLING_TIMEZONE', 'UTC', 'an IANA time zone such as Europe/Berlin', timeZone),
    invoicePrefix: read('INVOICE_PREFIX', 'INV', '1 to 20 letters, digits or dashes, not CN', (text) =>
      // Credit notes are numbered under CN.
      /^(?!CN$)[A-Za-z0-9-]{1,20}$/.test(text) ? text : undefined,
    ),
    retryDelaysMs: read(
      'RETRY_DELAYS',
      [5_000, 30_000, 120_000],
      'up to three delays such as 5s,30s,2m, or none',
      delays,
    ),
    runStalledAfterMs: read('RUN_STALLED_AFTER', 300_000, 'a duration such as 5m', duration),
    testMode: read('BILLING_TEST_MODE', false, 'true or false', trueOrFalse),
    host: read('HOST', '127.0.0.1', 'a host name or address', (text) => text || undefined),
    port: read('PORT', defaults.port ?? 8000, 'a port from 0 to 65535', wholeNumber(0, 65_535)),
    logLevel: read('LOG_LEVEL', defaults.logLevel ?? 'info', `one of ${LOG_LEVELS.join(', ')}`, oneOf(LOG_LEVELS)),
    apiBaseUrl: read<string | null>('API_BASE_URL', null, 'an http(s) URL', httpUrl),
    apiTokens: read('API_TOKENS', [], 'name:token:scope+scope,… with scopes read, run, operate', apiTokens),
  };
  if (problems.length > 0) {
    throw new BillingError(
      'CONFIG_INVALID',
      `The configuration has ${problems.length} problem(s):\n  ${problems.join('\n  ')}`,
    );
  }
  return config;
}

/** Whether errors are shown with their stack traces; also where the rest of the configuration cannot be read. */
export function isDebugging(environment: Environment = process.env): boolean {
  return ['debug', 'trace'].includes(environment['LOG_LEVEL']?.trim().toLowerCase() ?? '');
}

function reader(environment: Environment, problems: string[]) {
  return function read<T>(name: string, fallback: T, expected: string, parse: (text: string) => T | undefined): T {
    const text = environment[name]?.trim();
    if (text === undefined || text === '') return fallback;
    const value = parse(text);
    if (value === undefined) {
      problems.push(`${name} must be ${expected}`);
      return fallback;
    }
    return value;
  };
}

function readServers(environment: Environment, read: ReturnType<typeof reader>, problems: string[]): Servers | null {
  const missing = SERVER_VARIABLES.filter((name) => !environment[name]?.trim());
  if (missing.length === SERVER_VARIABLES.length) return null;
  for (const name of missing)
    problems.push(`${name} is missing (set all of ${SERVER_VARIABLES.join(', ')}, or none for the local stack)`);
  const mechanism = read<(typeof SASL_MECHANISMS)[number] | null>(
    'KAFKA_SASL_MECHANISM',
    null,
    `one of ${SASL_MECHANISMS.join(', ')}`,
    (text) => SASL_MECHANISMS.find((known) => known === text.toLowerCase()),
  );
  const username = environment['KAFKA_SASL_USERNAME'] ?? '';
  const password = environment['KAFKA_SASL_PASSWORD'] ?? '';
  if (mechanism && !(username && password))
    problems.push('KAFKA_SASL_USERNAME and KAFKA_SASL_PASSWORD are needed with KAFKA_SASL_MECHANISM');
  return {
    kafka: {
      brokers: read<string[]>('KAFKA_BOOTSTRAP_SERVERS', [], 'host:port,host:port', brokers),
      ssl: read('KAFKA_SSL', false, 'true or false', trueOrFalse),
      sasl: mechanism ? { mechanism, username, password } : null,
    },
    registry: {
      url: read('SCHEMA_REGISTRY_URL', '', 'an http(s) URL', httpUrl),
      user: environment['SCHEMA_REGISTRY_USER'] ?? null,
      password: environment['SCHEMA_REGISTRY_PASSWORD'] ?? null,
    },
    databaseUrl: read('DATABASE_URL', '', 'a postgres:// URL', (text) =>
      /^postgres(ql)?:\/\//.test(text) && URL.canParse(text) ? text : undefined,
    ),
  };
}

const wholeNumber = (from: number, to: number) => (text: string) => {
  const value = /^\d{1,9}$/.test(text) ? Number(text) : NaN;
  return value >= from && value <= to ? value : undefined;
};

const trueOrFalse = (text: string) => ({ true: true, '1': true, false: false, '0': false })[text.toLowerCase()];

const oneOf = (known: readonly string[]) => (text: string) => known.find((one) => one === text.toLowerCase());

function timeZone(text: string): string | undefined {
  try {
    new Intl.DateTimeFormat('en', { timeZone: text });
    return text;
  } catch {
    return undefined;
  }
}

function brokers(text: string): string[] | undefined {
  const list = text.split(',').map((one) => one.trim());
  return list.every((one) => /^[^\s:/]+:\d{1,5}$/.test(one) || /^\[[0-9a-f:]+\]:\d{1,5}$/i.test(one))
    ? list
    : undefined;
}

const httpUrl = (text: string) =>
  /^https?:\/\//.test(text) && URL.canParse(text) ? text.replace(/\/+$/, '') : undefined;

const UNIT_MS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 };

function duration(text: string): number | undefined {
  const match = /^(\d{1,6})(ms|s|m|h)$/.exec(text);
  return match ? Number(match[1]) * UNIT_MS[match[2]!]! : undefined;
}

/** There are three retry topics. */
const MOST_RETRIES = 3;

function delays(text: string): number[] | undefined {
  if (text.toLowerCase() === 'none') return [];
  const parsed = text.split(',').map((one) => /^(\d{1,6})(ms|s|m|h)$/.exec(one.trim()));
  if (parsed.length > MOST_RETRIES || parsed.some((match) => match === null)) return undefined;
  return parsed.map((match) => Number(match![1]) * UNIT_MS[match![2]!]!);
}

const SCOPES: readonly Scope[] = ['read', 'run', 'operate'];

/** `token`, `token:scopes`, `name:token` or `name:token:scopes`; without scopes a token may do everything. */
function apiTokens(text: string): ApiToken[] | undefined {
  const tokens = text.split(',').map((entry, index): ApiToken | null => {
    const parts = entry.trim().split(':');
    const listed = parts.length > 1 ? scopesOf(parts.at(-1)!) : null;
    const rest = listed ? parts.slice(0, -1) : parts;
    const token = rest.at(-1);
    if (!token || rest.length > 2) return null;
    return { name: rest.length === 2 ? rest[0]! : `token-${index + 1}`, token, scopes: listed ?? SCOPES };
  });
  return tokens.every((token) => token !== null) ? tokens : undefined;
}

function scopesOf(text: string): Scope[] | null {
  const named = text.split('+');
  const known = SCOPES.filter((scope) => named.includes(scope));
  return known.length === named.length ? known : null;
}
