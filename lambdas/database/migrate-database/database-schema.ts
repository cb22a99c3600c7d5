import advanceLedger from './functions/advance_ledger.sql' with { type: 'text' };
import claimRecords from './functions/claim_records.sql' with { type: 'text' };
import giveUp from './functions/give_up.sql' with { type: 'text' };
import leap from './functions/leap.sql' with { type: 'text' };
import lockOffsets from './functions/lock_offsets.sql' with { type: 'text' };
import mergedM2 from './functions/merged_m2.sql' with { type: 'text' };
import mergedMean from './functions/merged_mean.sql' with { type: 'text' };
import moveOffsets from './functions/move_offsets.sql' with { type: 'text' };
import pruneWeather from './functions/prune_weather.sql' with { type: 'text' };
import raiseAlerts from './functions/raise_alerts.sql' with { type: 'text' };
import settleFailures from './functions/settle_failures.sql' with { type: 'text' };
import settleTwins from './functions/settle_twins.sql' with { type: 'text' };
import skipOffsets from './functions/skip_offsets.sql' with { type: 'text' };
import type { DatabaseSchema } from './migrate-database.ts';
import schema from './schema.sql' with { type: 'text' };

/** The SQL files of this folder. README.md says how to change them. */
export const databaseSchema: DatabaseSchema = {
  schema,
  migrations: [],
  functions: [
    { name: 'advance_ledger', sql: advanceLedger },
    { name: 'claim_records', sql: claimRecords },
    { name: 'give_up', sql: giveUp },
    { name: 'leap', sql: leap },
    { name: 'lock_offsets', sql: lockOffsets },
    { name: 'merged_m2', sql: mergedM2 },
    { name: 'merged_mean', sql: mergedMean },
    { name: 'move_offsets', sql: moveOffsets },
    { name: 'prune_weather', sql: pruneWeather },
    { name: 'raise_alerts', sql: raiseAlerts },
    { name: 'settle_failures', sql: settleFailures },
    { name: 'settle_twins', sql: settleTwins },
    { name: 'skip_offsets', sql: skipOffsets },
  ],
};
