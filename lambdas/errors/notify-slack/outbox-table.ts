import { randomUUID } from 'node:crypto';
import type { QueryResultRow } from 'pg';
import type { Database } from '../../shared/postgres/database.ts';
import type { OutboxRow, OutboxTable, Outcome } from './notify-slack.ts';

export interface OutboxTableProps<Row extends OutboxRow, Columns> {
  readonly table: string;
  readonly id: string;
  /** The column that counts failed attempts to send a row. */
  readonly attempts: string;
  /** The columns that a message shows. */
  readonly columns: readonly (keyof Columns & string)[];
  /** How long a row waits before a message that Slack may have accepted is repeated. By default 0. */
  readonly repeatAfterMs?: number;
  /** Further parts of the statement that settles rows: they see the table `settled` with the ids of those. */
  readonly together?: Partial<Readonly<Record<Outcome, string>>>;
  readonly rowOf: (columns: Columns & { readonly id: string }) => Omit<Row, keyof OutboxRow>;
}

type State = QueryResultRow & {
  readonly id: string;
  readonly slack_refusals: number;
  readonly slack_message: string | null;
};

const unsent = 'not slack_sent and slack_given_up_at is null';

/**
 * The rows of a table with `slack_sent = false`. Table and column names are constants of this project, not
 * parameters.
 */
export function outboxTable<Row extends OutboxRow, Columns>(
  { query }: Pick<Database, 'query'>,
  { table, id, attempts, columns, repeatAfterMs = 0, together = {}, rowOf }: OutboxTableProps<Row, Columns>,
): OutboxTable<Row> {
  const changes: Readonly<Record<Outcome, string>> = {
    sent: 'slack_sent = true, slack_sent_at = clock_timestamp(),',
    'not-sent': `${attempts} = ${attempts} + 1, slack_message = null,`,
    unconfirmed: `${attempts} = ${attempts} + 1,`,
    rejected: `${attempts} = ${attempts} + 1, slack_refusals = slack_refusals + 1, slack_message = null,`,
    'given-up': `${attempts} = ${attempts} + 1, slack_given_up_at = clock_timestamp(),`,
    'not-tried': '',
  };
  const repeatAt = `clock_timestamp() + make_interval(secs => ${repeatAfterMs / 1_000})`;
  const idsOf = (rows: readonly Row[]) => rows.map((row) => row.id);

  return {
    // Skips rows that another sender is claiming at this moment, instead of waiting. Rejected rows come last.
    // Materialized: Postgres may run a subquery again for each row, which would skip its own locked rows and
    // take more.
    async claim(limit, leaseMs) {
      const token = randomUUID();
      const rows = await query<State & Columns>(
        `with chosen as materialized (
           select ${id} as chosen_id
             from ${table}
            where ${unsent} and (leased_until is null or leased_until < clock_timestamp())
            order by slack_refusals, ${id}
            limit $1
              for update skip locked),
         claimed as (
           update ${table}
              set slack_claim = $3, leased_until = clock_timestamp() + make_interval(secs => $2 / 1000.0)
             from chosen
            where ${id} = chosen_id
           returning ${id} as id, slack_refusals, slack_message, ${columns.join(', ')})
         select * from claimed order by id`,
        [limit, leaseMs, token],
      );
      return { token, rows: rows.map((row) => ({ ...stateOf(row), ...rowOf(row) }) as Row) };
    },

    async assign(token, rows, messageId) {
      const held = await query<{ id: string }>(
        `update ${table}
            set slack_message = $3,
                leased_until = case when $3::uuid is null then leased_until else greatest(leased_until, ${repeatAt}) end
          where ${id} = any($1::bigint[]) and slack_claim = $2 and leased_until > clock_timestamp() and ${unsent}
         returning ${id} as id`,
        [idsOf(rows), token, messageId],
      );
      const heldIds = new Set(held.map((row) => row.id));
      return rows.filter((row) => heldIds.has(row.id));
    },

    // The lease may have ended: a row that no other sender has claimed since still belongs to this claim.
    async settle(token, rows, outcome) {
      const settled = await query(
        `with settled as (
           update ${table}
              set ${changes[outcome]} slack_claim = null,
                  leased_until = ${outcome === 'unconfirmed' && repeatAfterMs > 0 ? repeatAt : 'null'}
            where ${id} = any($1::bigint[]) and slack_claim = $2
           returning ${id} as id)${together[outcome] === undefined ? '' : `, ${together[outcome]}`}
         select id from settled`,
        [idsOf(rows), token],
      );
      return settled.length;
    },
  };
}

const stateOf = ({ id, slack_refusals, slack_message }: State): OutboxRow => ({
  id,
  rejections: slack_refusals,
  unconfirmedMessage: slack_message,
});
