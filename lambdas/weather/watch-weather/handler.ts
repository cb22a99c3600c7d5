import { failingAtTimes } from '../../../localstack/chaos/failing-records.ts';
import { log } from '../../shared/aws/log.ts';
import { consume } from '../../shared/exactly-once/consume.ts';
import { connectProducer } from '../../shared/kafka/kafka-producer.ts';
import { connectDatabase } from '../../shared/postgres/database.ts';
import { retryTopic } from '../../shared/retry/retry.ts';
import { readConfig } from './config.ts';
import { slackNudge } from './slack-nudge.ts';
import { watchWeather } from './watch-weather.ts';
import { recallPlaces, recordOutcome } from './weather-tables.ts';

const config = readConfig();
const nudge = slackNudge(config.slackNudgeQueueUrl);
const name = 'watch-weather';

const watch = failingAtTimes(config.chaosRate, (partitions, query) =>
  watchWeather(partitions, config.rules, {
    recall: (places) => recallPlaces(query, places),
    record: (outcome) => recordOutcome(query, outcome, config),
  }),
);

export const handler = consume({
  name,
  database: connectDatabase(config.database),
  log,
  apply: watch,
  retry: retryTopic(connectProducer(config.kafka), { consumer: name, now: Date.now }),
  // A nudge that fails is not repeated, for the batch is done; the sensor workflow finds the alerts.
  afterCommit: async ({ alerts }) => {
    if (alerts > 0) await nudge(alerts);
  },
});
