import { inject, it, expect } from 'vitest';
it('x', async () => { console.log(inject('database').replace(/:[^:@]*@/,':…@')); await new Promise(r => setTimeout(r, Number(process.env.WAITMS ?? 0))); expect(inject('kafka')).toMatch(/./); });
