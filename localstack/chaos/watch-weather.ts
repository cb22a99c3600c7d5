import { consume } from '../../lambdas/shared/exactly-once/consume.ts';
import { consumer } from '../../lambdas/weather/watch-weather/handler.ts';
import { failRecords } from './failing-records.ts';

/** Set when this file is bundled (bundle.ts): the share of records that fail, from 0 to 1. */
declare const CHAOS_RATE: number;

/**
 * The production function, except that a share of its records fails. It replaces watch-weather in stage
 * local.
 */
export const handler = consume({ ...consumer, apply: failRecords(CHAOS_RATE, consumer.apply) });
