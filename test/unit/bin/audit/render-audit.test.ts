import { describe, expect, test } from '@jest/globals';
import type { Audit, PartitionAudit } from '../../../../bin/audit/audit-landing.ts';
import { countFindings, renderAudit } from '../../../../bin/audit/render-audit.ts';
import { columns } from '../../../../localstack/terminal/text.ts';

const partition: PartitionAudit = {
  generation: 0,
  partition: 3,
  begin: 1_000,
  end: 1_250_000,
  ledger: 1_249_000,
  objects: 130,
  rows: 1_247_000,
  accounted: {
    rejected: 12,
    'for another consumer': 3,
    'repeated row': 2_000,
    'repeated retry': 0,
    redriven: 0,
    ignored: 0,
    absent: 1,
  },
  notVerifiable: 0,
  inFlight: 0,
  findings: 0,
};
const clean: Audit = { topic: 'weather-data', partitions: [partition], counts: {}, findings: [] };
const view = { width: 100, colour: false, tookMs: 2_300 };

describe('the audit on a terminal', () => {
  test('the audit of a clean lake shows its counts and no finding', () => {
    expect(renderAudit(clean, view).join('\n')).toMatchInlineSnapshot(`
"
   partition    lag  objects       rows  explained  expired  in flight  findings
 ───────────────────────────────────────────────────────────────────────────────
 ✓ 3          1,000      130  1,247,000      2,016        0          0         0
   all        1,000      130  1,247,000      2,016        0          0         0

      12 explained: invalid, and sent to error-data
   2,000 explained: rows that the producer sent twice
       3 explained: retries for another consumer
       1 explained: no record at this offset (a transaction marker, or compacted)

   Every record below the ledger landed once or is accounted for. (2.3 s)
"
`);
  });

  test('the audit shows at most 20 findings, expired offsets and rows in flight', () => {
    const what = 'offsets 7 to 9: valid, below the ledger, and not in the lake';
    const audit: Audit = {
      ...clean,
      partitions: [{ ...partition, notVerifiable: 5, inFlight: 10, findings: 22 }],
      counts: { gap: 22 },
      findings: Array.from({ length: 22 }, () => ({
        kind: 'gap' as const,
        topic: 'weather-data',
        partition: 3,
        what,
      })),
    };
    expect(countFindings(audit)).toBe(22);
    expect(renderAudit(audit, view).join('\n')).toMatchInlineSnapshot(`
"
   partition    lag  objects       rows  explained  expired  in flight  findings
 ───────────────────────────────────────────────────────────────────────────────
 ✗ 3          1,000      130  1,247,000      2,016        5         10        22
   all        1,000      130  1,247,000      2,016        5         10        22

      12 explained: invalid, and sent to error-data
   2,000 explained: rows that the producer sent twice
       3 explained: retries for another consumer
       1 explained: no record at this offset (a transaction marker, or compacted)
       5 expired: the topic no longer retains these records
      10 in flight: not committed yet (--wait waits for them)

   gap               partition 3: offsets 7 to 9: valid, below the ledger, and not in the lake
   gap               partition 3: offsets 7 to 9: valid, below the ledger, and not in the lake
   gap               partition 3: offsets 7 to 9: valid, below the ledger, and not in the lake
   gap               partition 3: offsets 7 to 9: valid, below the ledger, and not in the lake
   gap               partition 3: offsets 7 to 9: valid, below the ledger, and not in the lake
   gap               partition 3: offsets 7 to 9: valid, below the ledger, and not in the lake
   gap               partition 3: offsets 7 to 9: valid, below the ledger, and not in the lake
   gap               partition 3: offsets 7 to 9: valid, below the ledger, and not in the lake
   gap               partition 3: offsets 7 to 9: valid, below the ledger, and not in the lake
   gap               partition 3: offsets 7 to 9: valid, below the ledger, and not in the lake
   gap               partition 3: offsets 7 to 9: valid, below the ledger, and not in the lake
   gap               partition 3: offsets 7 to 9: valid, below the ledger, and not in the lake
   gap               partition 3: offsets 7 to 9: valid, below the ledger, and not in the lake
   gap               partition 3: offsets 7 to 9: valid, below the ledger, and not in the lake
   gap               partition 3: offsets 7 to 9: valid, below the ledger, and not in the lake
   gap               partition 3: offsets 7 to 9: valid, below the ledger, and not in the lake
   gap               partition 3: offsets 7 to 9: valid, below the ledger, and not in the lake
   gap               partition 3: offsets 7 to 9: valid, below the ledger, and not in the lake
   gap               partition 3: offsets 7 to 9: valid, below the ledger, and not in the lake
   gap               partition 3: offsets 7 to 9: valid, below the ledger, and not in the lake
   … and 2 more (--json lists them)

   22 findings. docs/audit.md describes each kind. (2.3 s)
"
`);
  });

  test('the audit cuts its table to the width, but not the object key in a finding', () => {
    const what = `offset 7 landed again in raw/observations/ingest_date=2024-05-05/${'p'.repeat(40)}.parquet`;
    const findings = [{ kind: 'duplicate offset' as const, topic: 'weather-data', partition: 3, what }];
    const lines = renderAudit(
      { ...clean, counts: { 'duplicate offset': 1 }, findings },
      { ...view, width: 60 },
    );
    const table = lines.slice(
      0,
      lines.findIndex((line) => line.includes('duplicate')),
    );
    for (const line of table) expect(columns(line)).toBeLessThanOrEqual(60);
    expect(lines.join('\n')).toContain(what);
  });
});
