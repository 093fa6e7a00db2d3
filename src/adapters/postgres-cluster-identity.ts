import { BillingError } from '../errors.ts';
import { query, type Pool } from './postgres.ts';

/**
 * Ties the database to one Kafka cluster: remembers its id the first time, and refuses another one, whose offsets would
 * mean something else.
 * @throws BillingError CLUSTER_CHANGED
 */
export async function rememberCluster(pool: Pool, clusterId: string): Promise<void> {
  await query(pool, 'insert into cluster_identity (cluster_id) values ($1) on conflict do nothing', [clusterId]);
  const { rows } = await query<{ cluster_id: string }>(pool, 'select cluster_id from cluster_identity');
  const known = rows[0]?.cluster_id;
  if (known !== clusterId) {
    throw new BillingError('CLUSTER_CHANGED', `This database belongs to Kafka cluster ${known}, not to ${clusterId}.`);
  }
}
