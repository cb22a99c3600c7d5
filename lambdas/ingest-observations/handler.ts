import { S3Client } from '@aws-sdk/client-s3';
import { connectDatabase } from '../shared/database.ts';
import { connectProducer } from '../shared/kafka-producer.ts';
import { log } from '../shared/log.ts';
import { readConfig, sendLimits } from './config.ts';
import { findIncomingFile } from './incoming-files.ts';
import { ingestMessages } from './ingest-messages.ts';
import { ingestObservations } from './ingest-observations.ts';
import { ingestedFiles } from './ingested-files-table.ts';
import { orderedSend } from './ordered-send.ts';

const config = readConfig();
const s3 = new S3Client();
const producer = connectProducer(config.kafka);
const ports = {
  ...ingestedFiles(connectDatabase(config.database)),
  startSending: () => orderedSend(producer, sendLimits),
  now: Date.now,
};

export const handler = ingestMessages({
  find: (notice) => findIncomingFile(s3, notice),
  ingest: (file) => ingestObservations(file, ports),
  log,
});
