/** Shops and what becomes of them: most are active all the time. */
import type { ShopLine } from '../fact-lines.ts';
import { someInstant, spelled, type Setting, type Telling } from './setting.ts';

export function someRegistrations(setting: Setting, shopId: string): Telling[] {
  const { prng, months } = setting;
  const registered = (status: string, instant: number): ShopLine => ({
    type: 'ShopRegistered',
    shopId,
    shopDomain: `${shopId}.example`,
    status,
    currency: 'USD',
    occurredAt: spelled(setting, instant),
  });
  if (prng.percent(2)) return [];
  const isLate = prng.percent(6);
  const first = registered(prng.percent(96) ? 'active' : 'trialing', someInstant(setting, isLate ? 1 : -3));
  const tellings: Telling[] = [{ fact: first, month: 0 }];
  while (prng.percent(8)) {
    const month = prng.whole(0, months.length - 1);
    const fact = registered(prng.pick(['active', 'paused', 'uninstalled']), someInstant(setting, month));
    tellings.push({ fact, month });
  }
  return tellings;
}
