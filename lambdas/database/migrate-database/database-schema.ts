import addToCounters from './functions/add_to_counters.sql' with { type: 'text' };
import advanceLedger from './functions/advance_ledger.sql' with { type: 'text' };
import claimIngestDate from './functions/claim_ingest_date.sql' with { type: 'text' };
import claimRecords from './functions/claim_records.sql' with { type: 'text' };
import countAlerts from './functions/count_alerts.sql' with { type: 'text' };
import countErrors from './functions/count_errors.sql' with { type: 'text' };
import countFiles from './functions/count_files.sql' with { type: 'text' };
import countOpenErrors from './functions/count_open_errors.sql' with { type: 'text' };
import dropAlreadyApplied from './functions/drop_already_applied.sql' with { type: 'text' };
import endIngest from './functions/end_ingest.sql' with { type: 'text' };
import generationsUpTo from './functions/generations_up_to.sql' with { type: 'text' };
import giveUp from './functions/give_up.sql' with { type: 'text' };
import ledgerTopic from './functions/ledger_topic.sql' with { type: 'text' };
import lockOffsets from './functions/lock_offsets.sql' with { type: 'text' };
import mergedM2 from './functions/merged_m2.sql' with { type: 'text' };
import mergedMean from './functions/merged_mean.sql' with { type: 'text' };
import pruneWeather from './functions/prune_weather.sql' with { type: 'text' };
import raiseAlerts from './functions/raise_alerts.sql' with { type: 'text' };
import recentDays from './functions/recent_days.sql' with { type: 'text' };
import recordGaps from './functions/record_gaps.sql' with { type: 'text' };
import rollRecentObservations from './functions/roll_recent_observations.sql' with { type: 'text' };
import settleVersions from './functions/settle_versions.sql' with { type: 'text' };
import skipDiscardedRecords from './functions/skip_discarded_records.sql' with { type: 'text' };
import skipGap from './functions/skip_gap.sql' with { type: 'text' };
import skipToOffsets from './functions/skip_to_offsets.sql' with { type: 'text' };
import sourceId from './functions/source_id.sql' with { type: 'text' };
import startIngest from './functions/start_ingest.sql' with { type: 'text' };
import startLakeRead from './functions/start_lake_read.sql' with { type: 'text' };
import supersededOn from './functions/superseded_on.sql' with { type: 'text' };
import topicGeneration from './functions/topic_generation.sql' with { type: 'text' };
import grants from './grants.sql' with { type: 'text' };
import type { DatabaseSchema } from './migrate-database.ts';
import fileOutcomes from './migrations/0001-file-outcomes.sql' with { type: 'text' };
import missingMeasures from './migrations/0002-missing-measures.sql' with { type: 'text' };
import sourceIds from './migrations/0003-source-ids.sql' with { type: 'text' };
import faultyFields from './migrations/0004-faulty-fields.sql' with { type: 'text' };
import errorDigests from './migrations/0005-error-digests.sql' with { type: 'text' };
import attemptsOfFiles from './migrations/0006-attempts-of-files.sql' with { type: 'text' };
import fileCheckpoints from './migrations/0007-file-checkpoints.sql' with { type: 'text' };
import recentObservations from './migrations/0008-recent-observations.sql' with { type: 'text' };
import fileVersions from './migrations/0009-file-versions.sql' with { type: 'text' };
import settledErrors from './migrations/0010-settled-errors.sql' with { type: 'text' };
import jobRuns from './migrations/0011-job-runs.sql' with { type: 'text' };
import topicGenerations from './migrations/0012-topic-generations.sql' with { type: 'text' };
import segmentScores from './migrations/0013-segment-scores.sql' with { type: 'text' };
import challengerScores from './migrations/0014-challenger-scores.sql' with { type: 'text' };
import segmentFeatures from './migrations/0015-segment-features.sql' with { type: 'text' };
import schema from './schema.sql' with { type: 'text' };

/** The SQL files of this folder. README.md says how to change them. */
export const databaseSchema: DatabaseSchema = {
  schema,
  migrations: [
    { name: '0001-file-outcomes', sql: fileOutcomes },
    { name: '0002-missing-measures', sql: missingMeasures },
    { name: '0003-source-ids', sql: sourceIds },
    { name: '0004-faulty-fields', sql: faultyFields },
    { name: '0005-error-digests', sql: errorDigests },
    { name: '0006-attempts-of-files', sql: attemptsOfFiles },
    { name: '0007-file-checkpoints', sql: fileCheckpoints },
    { name: '0008-recent-observations', sql: recentObservations },
    { name: '0009-file-versions', sql: fileVersions },
    { name: '0010-settled-errors', sql: settledErrors },
    { name: '0011-job-runs', sql: jobRuns },
    { name: '0012-topic-generations', sql: topicGenerations },
    { name: '0013-segment-scores', sql: segmentScores },
    { name: '0014-challenger-scores', sql: challengerScores },
    { name: '0015-segment-features', sql: segmentFeatures },
  ],
  functions: [
    { name: 'add_to_counters', sql: addToCounters },
    { name: 'advance_ledger', sql: advanceLedger },
    { name: 'claim_ingest_date', sql: claimIngestDate },
    { name: 'claim_records', sql: claimRecords },
    { name: 'count_alerts', sql: countAlerts },
    { name: 'count_errors', sql: countErrors },
    { name: 'count_files', sql: countFiles },
    { name: 'count_open_errors', sql: countOpenErrors },
    { name: 'drop_already_applied', sql: dropAlreadyApplied },
    { name: 'end_ingest', sql: endIngest },
    { name: 'generations_up_to', sql: generationsUpTo },
    { name: 'give_up', sql: giveUp },
    { name: 'ledger_topic', sql: ledgerTopic },
    { name: 'lock_offsets', sql: lockOffsets },
    { name: 'merged_m2', sql: mergedM2 },
    { name: 'merged_mean', sql: mergedMean },
    { name: 'prune_weather', sql: pruneWeather },
    { name: 'raise_alerts', sql: raiseAlerts },
    { name: 'recent_days', sql: recentDays },
    { name: 'record_gaps', sql: recordGaps },
    { name: 'roll_recent_observations', sql: rollRecentObservations },
    { name: 'settle_versions', sql: settleVersions },
    { name: 'skip_discarded_records', sql: skipDiscardedRecords },
    { name: 'skip_gap', sql: skipGap },
    { name: 'skip_to_offsets', sql: skipToOffsets },
    { name: 'source_id', sql: sourceId },
    { name: 'start_lake_read', sql: startLakeRead },
    { name: 'start_ingest', sql: startIngest },
    { name: 'superseded_on', sql: supersededOn },
    { name: 'topic_generation', sql: topicGeneration },
  ],
  grants,
};
