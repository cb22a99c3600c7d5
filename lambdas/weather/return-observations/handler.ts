import { log } from '../../shared/aws/log.ts';
import { connectProducer } from '../../shared/kafka/kafka-producer.ts';
import { readConfig } from './config.ts';
import { returnObservations } from './return-observations.ts';

export const handler = returnObservations({ ...connectProducer(readConfig().kafka), log });
