import { Refusal } from '../../shared/http/refusals.ts';
import { type KafkaProducer, partitionOf } from '../../shared/kafka/kafka-producer.ts';
import { topics } from '../../shared/kafka/topics.ts';
import { withinDeadline } from './deadline.ts';
import type { Ports } from './score-transaction.ts';

const { transactions } = topics;

/** Long enough for the brokers to elect a new leader. After that the caller gets 503, and may retry. */
const deadlineMs = 8_000;

/** Sends to `transactions`. The account id is the key, so all records of an account are on one partition. */
export const transactionsTopic =
  ({ send }: Pick<KafkaProducer, 'send'>): Ports['send'] =>
  async ({ accountId, value }) => {
    const sent = send({
      topic: transactions.name,
      partition: partitionOf(accountId, transactions),
      messages: [{ key: accountId, value, headers: {} }],
    });
    await withinDeadline(sent, deadlineMs).catch((cause) => {
      throw new Refusal(503, 'Service Unavailable', { headers: { 'Retry-After': '1' }, cause });
    });
  };
