import { log } from '../../shared/aws/log.ts';
import { slackNudge } from '../../shared/aws/slack-nudge.ts';
import { type Consumer, consume } from '../../shared/exactly-once/consume.ts';
import { connectProducer } from '../../shared/kafka/kafka-producer.ts';
import { topics } from '../../shared/kafka/topics.ts';
import { connectDatabase } from '../../shared/postgres/database.ts';
import { retryTopic } from '../../shared/retry/retry-topic.ts';
import { observationFromWire, observationMessage } from '../../shared/wire/observation.ts';
import { readConfig } from './config.ts';
import { loadSeries } from './series-table.ts';
import { type WatchCounts, watchWeather } from './watch-weather.ts';
import { saveOutcome } from './weather-tables.ts';

const config = readConfig();
const nudge = slackNudge(config.slackNudgeQueueUrl);
const name = 'watch-weather';

/** Exported for the local platform, which can wrap `apply`. */
export const consumer: Consumer<WatchCounts> = {
  name,
  database: connectDatabase(config.database),
  epochs: config.epochs,
  log,
  apply: (partitions, query) =>
    watchWeather(partitions, config.rules, {
      load: (keys) => loadSeries(query, keys),
      save: (outcome) => saveOutcome(query, outcome, config),
    }),
  retry: retryTopic(connectProducer(config.kafka), {
    consumer: name,
    topic: topics.retryData,
    encodeAgain: (value) =>
      observationMessage(
        observationFromWire(value, { limits: config.rules.limits, receivedAtMs: Date.now() }),
      ),
    now: Date.now,
  }),
  // The batch is committed, so a failed nudge is not repeated: the sensor workflow finds the alerts.
  afterCommit: async ({ alerts }) => {
    if (alerts > 0) await nudge(alerts);
  },
};

export const handler = consume(consumer);
