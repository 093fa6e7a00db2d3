/** Interactions over many windows at once, as the fraud checks look at them: sums, busiest hours, rows. */
import type { BusiestHours, InteractionSignal, ShopWindow, WindowInteractions } from '../domain/fraud-signals.ts';
import type { Pin } from '../domain/log-position.ts';
import { botTraffic, type AgentCount } from './bot-traffic.ts';
import { pinsOf, standingIn, within } from './postgres-ledger-pins.ts';
import { windowArrays } from './postgres-ledger-usage.ts';
import { query, type Pool } from './postgres.ts';

interface Asked {
  readonly windows: readonly ShopWindow[];
  readonly pins: readonly Pin[];
}

const WINDOWS = `unnest($1::text[], $2::bigint[], $3::bigint[]) with ordinality as w(shop_id, starts, ends, n)`;
const interactions = (columns: string): string => standingIn('interactions', 'interaction_id', columns, '$4');

/** Rows of one statement, by the window they belong to. */
async function rowsOf<R extends { n: number }>(pool: Pool, sql: string, { windows, pins }: Asked): Promise<R[][]> {
  const found: R[][] = windows.map(() => []);
  if (windows.length === 0) return found;
  const { rows } = await query<R>(pool, sql, [...windowArrays(windows), pinsOf('usage', pins)]);
  for (const row of rows) found[row.n - 1]!.push(row);
  return found;
}

/** Compared as bytes: that is the order ids are shown in, and grouping by a language's order costs three times as much. */
const VISIT = ['session_id', 'ip_address', 'user_agent']
  .map((column) => `${column} collate "C" as ${column}`)
  .join(', ');

/**
 * Interactions are read once, into visits (one session from one address by one agent), of which there are few; all sums
 * are made of those. Agents come as arrays, because a row for each costs more than what is in it. Only a shop without
 * any in the window is asked whether it ever had one; `order by … limit 1` keeps that on an index.
 */
const SUMS = `
  select w.n::int as n, s.* from ${WINDOWS}
  cross join lateral (
    with visits as materialized (
      select ${VISIT}, count(*) as count, count(*) filter (where interaction_type = 'click') as clicks,
        min(occurred_at_ms) as first, max(occurred_at_ms) as last
      from ${interactions('t.session_id, t.ip_address, t.user_agent, t.interaction_type, t.occurred_at_ms')} i
      group by 1, 2, 3
    ), sessions as materialized (
      select session_id, sum(clicks) as clicks, sum(count) >= 2 as is_longer, max(last) - min(first) < 1000 as is_short
      from visits where session_id is not null group by session_id
    )
    select of_sessions.*, of_addresses.*, of_agents.*,
      array(select session_id from sessions where is_longer and is_short order by session_id limit 10) as short_session_ids,
      case when cardinality(agents) > 0 then true else (
        select true from interactions e where e.shop_id = w.shop_id and ${within('e', '$4')} order by e.interaction_id limit 1
      ) end is true as ever_interacted
    from (
      select max(clicks)::int as clicks, count(*) filter (where is_longer)::int as longer_sessions,
        count(*) filter (where is_longer and is_short)::int as short_sessions
      from sessions
    ) of_sessions, (
      select max(count)::int as of_one_ip, max(sessions)::int as sessions_of_one_ip
      from (
        select sum(count) as count, count(distinct session_id) as sessions
        from visits where ip_address is not null group by ip_address
      ) addresses
    ) of_addresses, (
      select coalesce(array_agg(user_agent), '{}') as agents, coalesce(array_agg(count), '{}') as agent_counts
      from (select user_agent, sum(count)::int as count from visits group by user_agent) agents
    ) of_agents
  ) s`;

interface SumsRow {
  n: number;
  ever_interacted: boolean;
  clicks: number | null;
  longer_sessions: number;
  short_sessions: number;
  short_session_ids: string[];
  of_one_ip: number | null;
  sessions_of_one_ip: number | null;
  agents: (string | null)[];
  agent_counts: number[];
}

/** `loadInteractionSums` of the ledger port: one statement. */
export async function loadInteractionSums(pool: Pool, asked: Asked): Promise<WindowInteractions[]> {
  return (await rowsOf<SumsRow>(pool, SUMS, asked)).map(([row]) => toSums(row!));
}

function toSums(row: SumsRow): WindowInteractions {
  const agents = row.agents.map((userAgent, index): AgentCount => ({
    userAgent,
    interactions: row.agent_counts[index]!,
  }));
  return {
    everInteracted: row.ever_interacted,
    sums: {
      interactions: row.agent_counts.reduce((sum, count) => sum + count, 0),
      clicksOfOneSession: row.clicks ?? 0,
      interactionsOfOneIp: row.of_one_ip ?? 0,
      sessionsOfOneIp: row.sessions_of_one_ip ?? 0,
      longerSessions: row.longer_sessions,
      shortSessions: row.short_sessions,
      shortSessionIds: row.short_session_ids,
      ...botTraffic(agents),
    },
  };
}

/** SQL: the largest sum of two adjacent buckets. @param groups rows (one, bucket, count), one of each bucket */
const largestPair = (groups: string): string => `
  coalesce((
    select max(count + case when bucket_before = bucket - 1 then count_before else 0 end)::int
    from (
      select bucket, count, lag(bucket) over of_one as bucket_before, lag(count) over of_one as count_before
      from (${groups}) b window of_one as (partition by one order by bucket)
    ) pairs
  ), 0)`;

const BUSIEST_HOURS = `
  select w.n::int as n, s.* from ${WINDOWS}
  cross join lateral (
    with visits as materialized (
      select session_id, ip_address, occurred_at_ms / 3600000 as hour, occurred_at_ms / 86400000 as day, count(*) as count,
        count(*) filter (where interaction_type = 'click') as clicks
      from ${interactions('t.session_id, t.ip_address, t.interaction_type, t.occurred_at_ms')} i
      group by session_id, ip_address, hour, day
    )
    select ${largestPair('select 1 as one, hour as bucket, sum(count) as count from visits group by hour')} as hours,
      ${largestPair('select 1 as one, day as bucket, sum(count) as count from visits group by day')} as days,
      ${largestPair(`select session_id as one, hour as bucket, sum(clicks) as count from visits
        where session_id is not null group by session_id, hour`)} as clicks,
      ${largestPair(`select ip_address as one, hour as bucket, sum(count) as count from visits
        where ip_address is not null group by ip_address, hour`)} as of_one_ip,
      ${largestPair(`select ip_address as one, hour as bucket, count(distinct session_id) as count from visits
        where ip_address is not null group by ip_address, hour`)} as sessions_of_one_ip
  ) s`;

interface BusiestRow {
  n: number;
  hours: number;
  days: number;
  clicks: number;
  of_one_ip: number;
  sessions_of_one_ip: number;
}

/** `loadBusiestHours` of the ledger port: one statement. */
export async function loadBusiestHours(pool: Pool, asked: Asked): Promise<BusiestHours[]> {
  return (await rowsOf<BusiestRow>(pool, BUSIEST_HOURS, asked)).map(([row]) => ({
    interactions: row!.hours,
    interactionsOfTwoDays: row!.days,
    clicksOfOneSession: row!.clicks,
    interactionsOfOneIp: row!.of_one_ip,
    sessionsOfOneIp: row!.sessions_of_one_ip,
  }));
}

const ROWS = `
  select w.n::int as n, i.* from ${WINDOWS}
  cross join lateral (
    select * from ${interactions('t.interaction_id, t.occurred_at_ms, t.interaction_type, t.session_id, t.ip_address')} i
    offset 0
  ) i
  order by w.n, i.occurred_at_ms, i.interaction_id`;

interface InteractionRow {
  n: number;
  interaction_id: string;
  occurred_at_ms: bigint;
  interaction_type: string;
  session_id: string | null;
  ip_address: string | null;
}

/** `loadInteractions` of the ledger port. */
export async function loadInteractions(pool: Pool, asked: Asked): Promise<InteractionSignal[][]> {
  const found = await rowsOf<InteractionRow>(pool, ROWS, asked);
  return found.map((rows) =>
    rows.map((row) => ({
      interactionId: row.interaction_id,
      occurredAt: Number(row.occurred_at_ms),
      isClick: row.interaction_type === 'click',
      sessionId: row.session_id,
      ipAddress: row.ip_address,
    })),
  );
}
