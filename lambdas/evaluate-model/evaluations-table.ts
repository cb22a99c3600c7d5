import type { Database } from '../shared/database.ts';
import { type Maturity, maturities, maturitySeconds } from '../shared/maturities.ts';
import type { Ports } from './evaluate-model.ts';
import type { Confusion } from './figures.ts';

/** What is counted as one row. */
const bucket = "interval '5 minutes'";

/**
 * A row is anew a function of the transactions scored in its five minutes and of their labels. It is counted again when a label of
 * them came since a day before the last evaluation: by then whatever was being written is committed, and a prediction that
 * came after its label is there.
 */
const recount = `
  with maturities as (select * from unnest($1::text[], $2::float8[]) as m(maturity, seconds)),
  touched as (
    select distinct date_bin(${bucket}, p.scored_at, 'epoch') as scored_from
      from labels l
      join predictions p using (transaction_id)
     where l.recorded_at >= coalesce((select max(evaluated_at) from model_evaluations), '-infinity') - interval '1 day'),
  counted as (
    select t.scored_from, p.model_version, m.maturity,
           count(*) filter (where p.fraud and l.is_fraud)         as true_positives,
           count(*) filter (where p.fraud and not l.is_fraud)     as false_positives,
           count(*) filter (where not p.fraud and not l.is_fraud) as true_negatives,
           count(*) filter (where not p.fraud and l.is_fraud)     as false_negatives
      from touched t
      join predictions p on p.scored_at >= t.scored_from and p.scored_at < t.scored_from + ${bucket}
      join labels l using (transaction_id)
      join maturities m on m.seconds is null or l.recorded_at <= p.scored_at + make_interval(secs => m.seconds)
     group by 1, 2, 3)
  insert into model_evaluations as e
         (scored_from, model_version, maturity, true_positives, false_positives, true_negatives, false_negatives)
  select * from counted
      on conflict (scored_from, model_version, maturity) do update
     set (true_positives, false_positives, true_negatives, false_negatives, revision, evaluated_at)
       = (excluded.true_positives, excluded.false_positives, excluded.true_negatives, excluded.false_negatives,
          e.revision + 1, now())
   where (e.true_positives, e.false_positives, e.true_negatives, e.false_negatives)
         is distinct from
         (excluded.true_positives, excluded.false_positives, excluded.true_negatives, excluded.false_negatives)
  returning 1`;

const countJudged = `
  select maturity,
         sum(true_positives)::float8  as "truePositives",
         sum(false_positives)::float8 as "falsePositives",
         sum(true_negatives)::float8  as "trueNegatives",
         sum(false_negatives)::float8 as "falseNegatives"
    from model_evaluations
    join unnest($1::text[], $2::float8[]) as m(maturity, seconds) using (maturity)
   cross join lateral (select $3::timestamptz - make_interval(secs => coalesce(m.seconds, 0)) as ends_at) span
   where scored_from > ends_at - make_interval(secs => $4)
     and (m.seconds is null or scored_from + ${bucket} <= ends_at)
   group by maturity`;

const named = [[...maturities], maturities.map((maturity) => maturitySeconds[maturity])];

export const evaluationsTable = (
  { transaction, query }: Pick<Database, 'transaction' | 'query'>,
  { spanSeconds }: { readonly spanSeconds: number },
): Ports => ({
  recount: () =>
    transaction(async (own) => {
      // Two at once would write the same rows, each in an order of its own.
      await own("select pg_advisory_xact_lock(hashtextextended('evaluate-model', 0))");
      return (await own(recount, named)).length;
    }),

  async countJudged(nowMs) {
    const rows = await query<Confusion & { maturity: Maturity }>(countJudged, [
      ...named,
      new Date(nowMs).toISOString(),
      spanSeconds,
    ]);
    return new Map(rows.map(({ maturity, ...confusion }) => [maturity, confusion]));
  },
});
