import type { Migration } from './migrate-database.ts';
import ledger from './migrations/0001-ledger.ts';
import errors from './migrations/0002-errors.ts';
import alerts from './migrations/0003-alerts.ts';
import retry from './migrations/0004-retry.ts';
import windows from './migrations/0005-windows.ts';
import notify from './migrations/0006-notify.ts';
import daily from './migrations/0007-daily.ts';
import fraud from './migrations/0008-fraud.ts';
import evaluations from './migrations/0010-evaluations.ts';
import replacedRuns from './migrations/0011-replaced-runs.ts';
import errorColumns from './migrations/0012-error-columns.ts';
import dayCatalog from './migrations/0013-day-catalog.ts';
import evaluationMark from './migrations/0014-evaluation-mark.ts';
import sentRecords from './migrations/0015-sent-records.ts';
import skippedOffsets from './migrations/0016-skipped-offsets.ts';
import seenRows from './migrations/0017-seen-rows.ts';

/**
 * In the order they are applied. SQL lives in modules so that Node, jest and esbuild read it alike.
 * One that was deployed is never edited: the next change is a new one.
 */
export const migrations: readonly Migration[] = [
  { name: '0001-ledger', sql: ledger },
  { name: '0002-errors', sql: errors },
  { name: '0003-alerts', sql: alerts },
  { name: '0004-retry', sql: retry },
  { name: '0005-windows', sql: windows },
  { name: '0006-notify', sql: notify },
  { name: '0007-daily', sql: daily },
  { name: '0008-fraud', sql: fraud },
  { name: '0010-evaluations', sql: evaluations },
  { name: '0011-replaced-runs', sql: replacedRuns },
  { name: '0012-error-columns', sql: errorColumns },
  { name: '0013-day-catalog', sql: dayCatalog },
  { name: '0014-evaluation-mark', sql: evaluationMark },
  { name: '0015-sent-records', sql: sentRecords },
  { name: '0016-skipped-offsets', sql: skippedOffsets },
  { name: '0017-seen-rows', sql: seenRows },
];
