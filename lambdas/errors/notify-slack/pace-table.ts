import type { Database } from '../../shared/postgres/database.ts';
import type { Ports } from './notify-slack.ts';

/** Slack allows a webhook one message a second. https://docs.slack.dev/apis/web-api/rate-limits/ */
const messageIntervalMs = 1_000;

/** The next turn of all senders, in the single row of `slack_pace`. */
export const paceTable = ({ query }: Pick<Database, 'query'>): Pick<Ports, 'takeTurn' | 'postponeTurns'> => ({
  // Takes a turn only if it comes in time for its sender. An unused turn would delay all others.
  async takeTurn(withinMs) {
    const [pace] = await query<{ wait_ms: number | null }>(
      `with turn as (
         update slack_pace
            set next_turn_at = greatest(next_turn_at, clock_timestamp()) + make_interval(secs => $1 / 1000.0)
          where next_turn_at <= clock_timestamp() + make_interval(secs => $2 / 1000.0)
         returning next_turn_at - make_interval(secs => $1 / 1000.0) as at)
       select ceil(extract(epoch from at - clock_timestamp()) * 1000)::float8 as wait_ms
         from slack_pace left join turn on true`,
      [messageIntervalMs, withinMs],
    );
    if (!pace) throw new Error('Taking a turn failed: the table slack_pace is empty, insert its default row');
    return pace.wait_ms === null ? undefined : Math.max(0, pace.wait_ms);
  },

  async postponeTurns(ms) {
    await query(
      `update slack_pace
          set next_turn_at = greatest(next_turn_at, clock_timestamp() + make_interval(secs => $1 / 1000.0))`,
      [ms],
    );
  },
});
