import { connectProducer } from '../shared/kafka-producer.ts';
import { log } from '../shared/log.ts';
import { readConfig } from './config.ts';
import { returnObservations } from './return-observations.ts';

export const handler = returnObservations({ ...connectProducer(readConfig().kafka), log });
