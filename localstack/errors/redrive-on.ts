import { connectProducer, type KafkaOptions } from '../../lambdas/shared/kafka/kafka-producer.ts';
import type { Database } from '../../lambdas/shared/postgres/database.ts';
import type { Limits } from '../../lambdas/shared/wire/limits.ts';
import { errorsTable } from './errors-table.ts';
import { type Redriven, redrive } from './redrive.ts';
import { redriveFiles } from './redrive-files.ts';
import { type FilesOptions, refusedFiles } from './refused-files.ts';
import type { Selection } from './selection.ts';

interface Stores {
  readonly database: Database;
  readonly kafka: KafkaOptions;
  /** Read only when a refused file is to be ingested again. */
  readonly lake: () => FilesOptions;
  readonly limits: Limits;
  readonly showProgress?: (done: number) => void;
}

/** Redrives the selected errors on these stores, with connections of its own to Kafka and the lake. */
export async function redriveOn(
  selection: Selection,
  { database, kafka, lake, limits, showProgress }: Stores,
): Promise<Redriven> {
  const producer = connectProducer(kafka);
  let files: ReturnType<typeof refusedFiles> | undefined;
  try {
    return await redrive(selection, {
      ...errorsTable(database),
      limits,
      send: producer.send,
      redriveFiles: (errors) => {
        files ??= refusedFiles(database, lake());
        return redriveFiles(errors, files);
      },
      ...(showProgress ? { showProgress } : {}),
    });
  } finally {
    files?.close();
    await producer.close();
  }
}
