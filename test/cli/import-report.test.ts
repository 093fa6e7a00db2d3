import { describe, expect, it } from 'vitest';
import { describeReport, presentReport } from '../../src/cli/import.ts';

const REPORT = {
  accepted: 1_500,
  rejected: 3,
  byType: { ShopRegistered: 500, PurchaseAttributed: 1_000 },
  rejections: [
    { source: 'facts.ndjson', line: 7, reason: 'type is missing' },
    { source: 'facts.ndjson', line: 9, reason: 'occurredAt must be\u001b[2J an instant' },
  ],
  rejectedFiles: ['facts.ndjson.rejected.ndjson'],
};

describe('what an import says', () => {
  it('counts by type and names every rejected line it kept, with its reason', () => {
    expect(describeReport(REPORT).split('\n')).toEqual([
      'Accepted 1,500, rejected 3',
      '  ShopRegistered        500',
      '  PurchaseAttributed    1,000',
      '',
      'Rejected:',
      '  facts.ndjson:7: type is missing',
      '  facts.ndjson:9: occurredAt must be�[2J an instant',
      '  … and 1 more, told above',
      'Rejected lines are kept in facts.ndjson.rejected.ndjson',
      '',
    ]);
  });

  it('is the same as JSON', () => {
    expect(presentReport(REPORT)).toMatchObject({
      accepted: 1_500,
      rejected: 3,
      accepted_by_type: { ShopRegistered: 500 },
      rejections: REPORT.rejections,
      rejected_files: ['facts.ndjson.rejected.ndjson'],
    });
  });
});
