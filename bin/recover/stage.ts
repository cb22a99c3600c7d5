import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { GetFunctionConfigurationCommand, InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { S3Client } from '@aws-sdk/client-s3';
import { ListExecutionsCommand, SFNClient } from '@aws-sdk/client-sfn';
import { SQSClient } from '@aws-sdk/client-sqs';
import { readEnv } from '../../lambdas/shared/aws/env.ts';
import { topicEpochs } from '../../lambdas/shared/exactly-once/generations.ts';
import { kafkaSettings, openKafka } from '../../lambdas/shared/kafka/kafka-producer.ts';
import { connectDatabase } from '../../lambdas/shared/postgres/database.ts';
import { rdsCaBundle } from '../../lib/rds-root-cas.ts';
import { type Account, databaseLogin } from '../../localstack/platform/database-login.ts';

export type OpenStage = Awaited<ReturnType<typeof openStage>>;

/** Long enough to list and change the objects of a lake while a date is locked. */
const transactionMs = 300_000;

/**
 * The services of a deployed stage. Brokers and bucket are those of the function `land-observations`; the
 * database is opened as the role that owns its tables.
 */
export async function openStage(stage: string, account: Account) {
  const [lambda, s3] = [new LambdaClient(account), new S3Client({ ...account, forcePathStyle: true })];
  const [sqs, workflows] = [new SQSClient(account), new SFNClient(account)];
  const clients = [lambda, s3, sqs, workflows];
  const scratch = mkdtempSync(path.join(tmpdir(), 'isobar-recover-'));
  const closeClients = () => {
    for (const client of clients) client.destroy();
    rmSync(scratch, { recursive: true, force: true });
  };
  const nameOf = (folder: string) => `isobar-${stage}-${folder}`;

  try {
    const { settings, accountId, region } = await readSettings(lambda, nameOf('land-observations'));
    const database = connectDatabase({
      credentials: databaseLogin(account, stage, 'migrator'),
      tlsCaFile: settings.isTls ? writeCas(scratch) : undefined,
      transactionMs,
    });
    const kafka = await openKafka({ ...settings.kafka, region });
    const admin = kafka.admin({ retry: { retries: 3 } });
    const close = async () => {
      await Promise.all([admin.disconnect(), database.close()]);
      closeClients();
    };
    try {
      await admin.connect();
    } catch (cause) {
      await close();
      throw new Error(`Connecting to the brokers ${settings.kafka.brokers.join(', ')} failed`, { cause });
    }
    return {
      stage,
      lambda,
      s3,
      sqs,
      admin,
      database,
      lake: settings.lake,
      epochs: settings.epochs,
      close,

      /** Invokes a function of the deploy, which any number of runs leave in the same state. */
      async run(folder: string): Promise<void> {
        const FunctionName = nameOf(folder);
        const { FunctionError, Payload } = await lambda.send(
          new InvokeCommand({ FunctionName, Payload: '{}' }),
        );
        if (FunctionError !== undefined)
          throw new Error(`The function ${FunctionName} failed: ${Payload?.transformToString()}`);
      },

      /** The daily workflows that run, by their names. */
      async runningDays(): Promise<string[]> {
        const stateMachineArn = `arn:aws:states:${region}:${accountId}:stateMachine:${nameOf('daily')}`;
        const { executions = [] } = await workflows.send(
          new ListExecutionsCommand({ stateMachineArn, statusFilter: 'RUNNING' }),
        );
        return executions.map(({ name = '' }) => name);
      },
    };
  } catch (error) {
    closeClients();
    throw error;
  }
}

async function readSettings(lambda: LambdaClient, FunctionName: string) {
  const { Environment, FunctionArn = '' } = await lambda
    .send(new GetFunctionConfigurationCommand({ FunctionName }))
    .catch((cause) => {
      throw new Error(`Reading the function ${FunctionName} failed: is the stage deployed?`, { cause });
    });
  const [, , , region = '', accountId = ''] = FunctionArn.split(':');
  const settings = readEnv(
    (env) => ({
      kafka: kafkaSettings(env),
      lake: env.text('LAKE_BUCKET'),
      epochs: topicEpochs(env),
      isTls: env.optionalText('DATABASE_TLS_CA_FILE') !== undefined,
    }),
    Environment?.Variables,
  );
  return { settings, region, accountId };
}

/** The certificates of RDS, as each function has them. */
function writeCas(dir: string): string {
  const file = path.join(dir, 'rds-ca.pem');
  writeFileSync(file, rdsCaBundle);
  return file;
}
