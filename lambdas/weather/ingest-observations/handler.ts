import { S3Client } from '@aws-sdk/client-s3';
import { log } from '../../shared/aws/log.ts';
import { fileCheckpoints } from '../../shared/incoming/file-checkpoints-table.ts';
import { ingestMessages } from '../../shared/incoming/file-messages.ts';
import { findIncomingFile } from '../../shared/incoming/incoming-files.ts';
import { ingestedFiles } from '../../shared/incoming/ingested-files-table.ts';
import { messageLeases } from '../../shared/incoming/message-leases.ts';
import { queueVisibility } from '../../shared/incoming/queue-visibility.ts';
import { sendAgain } from '../../shared/incoming/send-again.ts';
import { connectProducer } from '../../shared/kafka/kafka-producer.ts';
import { orderedSend } from '../../shared/kafka/ordered-send.ts';
import { shareSends } from '../../shared/kafka/shared-send.ts';
import { connectDatabase } from '../../shared/postgres/database.ts';
import { readConfig, sendLimits } from './config.ts';
import { formatLookup } from './format-lookup.ts';
import { ingestObservations } from './ingest-observations.ts';

const config = readConfig();
const s3 = new S3Client();
const producer = connectProducer(config.kafka);
const findFormat = formatLookup(s3, Date.now);
const database = connectDatabase(config.database);
const startSending = () => orderedSend(producer, sendLimits);
const shareSending = shareSends(startSending);
const ports = { ...ingestedFiles(database), now: Date.now };
const checkpoints = fileCheckpoints(database);

export const handler = ingestMessages({
  find: (notice) => findIncomingFile(s3, notice),
  ingest: (file, { notice, isAgain, isTimeUp }) =>
    ingestObservations(file, config.limits, {
      ...ports,
      findFormat: () => findFormat(notice),
      startSending: isAgain ? startSending : shareSending,
      handOn: { ...checkpoints, isTimeUp },
    }),
  lease: messageLeases(queueVisibility(log)),
  handOn: sendAgain(),
  log,
});
