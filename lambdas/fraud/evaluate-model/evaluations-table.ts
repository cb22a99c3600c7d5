import { type Maturity, maturities, maturitySeconds } from '../../shared/metrics/maturities.ts';
import type { Database } from '../../shared/postgres/database.ts';
import { mostSegments, type Ports, type SegmentConfusion } from './evaluate-model.ts';
import type { Confusion } from './figures.ts';
import { newestLabels } from './newest-labels.ts';
import type { ShadowVerdicts } from './shadow-pairs.ts';

/** Transactions scored within this time are counted in one row. */
const bucket = "interval '5 minutes'";

/**
 * The last look, less an hour. Rows recorded in that hour are looked at again: some were not yet committed at
 * the last look.
 */
const selectSince = `
  select (coalesce(max(looked_at), '-infinity') - interval '1 hour')::text as at from evaluation_mark`;

/** In Postgres, `now()` is the start of the transaction, which is before it reads labels. */
const markLook = `
  insert into evaluation_mark as m (looked_at) values (now())
      on conflict (is_only) do update set looked_at = greatest(m.looked_at, excluded.looked_at)`;

/**
 * Labels and predictions in one statement, so that each takes seconds even after weeks without an evaluation.
 */
const rowsAtOnce = 100_000;

const selectUntil = `
  select recorded_at::text as at
    from (select recorded_at from labels where recorded_at > $1
           union all
          select recorded_at from predictions where recorded_at > $1) came
   order by recorded_at offset ${rowsAtOnce} limit 1`;

/**
 * Recounts each row in whose five minutes a label or a prediction arrived. A row depends on the transactions
 * scored in its five minutes and on their labels only. A row that has nothing left to count, after a label
 * was deleted, becomes zeros.
 */
const recount = `
  with touched as materialized (
    select date_bin(${bucket}, p.scored_at, 'epoch') as scored_from
      from labels l
      join predictions p using (transaction_id)
     where l.recorded_at >= $3 and l.recorded_at < $4
     union
    select date_bin(${bucket}, p.scored_at, 'epoch')
      from predictions p
      join labels l using (transaction_id)
     where p.recorded_at >= $3 and p.recorded_at < $4),
  judged as (
    select date_bin(${bucket}, p.scored_at, 'epoch') as scored_from, p.model_version, p.fraud, l.is_fraud,
           width_bucket(extract(epoch from l.recorded_at - p.scored_at)::float8, $2::float8[]) as maturities_missed,
           count(*) as transactions
      from predictions p
      join labels l using (transaction_id)
     where p.scored_at >= (select min(scored_from) from touched)
       and p.scored_at < (select max(scored_from) from touched) + ${bucket}
       and date_bin(${bucket}, p.scored_at, 'epoch') in (select scored_from from touched)
     group by 1, 2, 3, 4, 5),
  counted as (
    select scored_from, model_version, maturity,
           coalesce(sum(transactions) filter (where fraud and is_fraud), 0)         as true_positives,
           coalesce(sum(transactions) filter (where fraud and not is_fraud), 0)     as false_positives,
           coalesce(sum(transactions) filter (where not fraud and not is_fraud), 0) as true_negatives,
           coalesce(sum(transactions) filter (where not fraud and is_fraud), 0)     as false_negatives
      from judged
      join unnest($1::text[]) with ordinality as m(maturity, place) on maturities_missed < place
     group by 1, 2, 3),
  emptied as (
    select scored_from, model_version, maturity, 0, 0, 0, 0
      from model_evaluations
      join touched using (scored_from)
     where (scored_from, model_version, maturity) not in (select scored_from, model_version, maturity from counted))
  insert into model_evaluations as e
         (scored_from, model_version, maturity, true_positives, false_positives, true_negatives, false_negatives)
  select * from counted
   union all
  select * from emptied
      on conflict (scored_from, model_version, maturity) do update
     set (true_positives, false_positives, true_negatives, false_negatives, revision, evaluated_at)
       = (excluded.true_positives, excluded.false_positives, excluded.true_negatives, excluded.false_negatives,
          e.revision + 1, now())
   where (e.true_positives, e.false_positives, e.true_negatives, e.false_negatives)
         is distinct from
         (excluded.true_positives, excluded.false_positives, excluded.true_negatives, excluded.false_negatives)
  returning 1`;

const countLabelled = `
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

const countSegments = `
  with judged as (
    select p.country, p.channel, p.merchant_category, p.fraud, l.is_fraud
      from ${newestLabels} l
      join predictions p using (transaction_id)
     where p.scored_at > $1::timestamptz - make_interval(secs => $2))
  select dimension, segment,
         (count(*) filter (where fraud and is_fraud))::float8         as "truePositives",
         (count(*) filter (where fraud and not is_fraud))::float8     as "falsePositives",
         (count(*) filter (where not fraud and not is_fraud))::float8 as "trueNegatives",
         (count(*) filter (where not fraud and is_fraud))::float8     as "falseNegatives"
    from judged
   cross join lateral (values ('country', country), ('channel', channel), ('merchant_category', merchant_category))
           as of_each(dimension, segment)
   group by 1, 2
   order by count(*) filter (where fraud or is_fraud) desc, 1, 2
   limit ${mostSegments}`;

/**
 * The newest transaction tells which models are compared: a challenger that was withdrawn, or promoted, is
 * not shown any more.
 */
const countShadow = `
  with newest as (
    select model_version, challenger_version from predictions order by scored_at desc limit 1)
  select p.fraud as champion, p.challenger_fraud as challenger, l.is_fraud as "isFraud", count(*)::float8 as count
    from ${newestLabels} l
    join predictions p using (transaction_id)
    join newest using (model_version, challenger_version)
   where p.scored_at > $1::timestamptz - make_interval(secs => $2) and p.challenger_fraud is not null
   group by 1, 2, 3`;

/** In ascending order: a label that came in time for one maturity came in time for all after it. */
const names = [...maturities];
const seconds = maturities.map((maturity) => maturitySeconds[maturity]);

export const evaluationsTable = (
  { transaction, query }: Pick<Database, 'transaction' | 'query'>,
  { spanSeconds }: { readonly spanSeconds: number },
): Ports => ({
  spanMs: spanSeconds * 1000,

  recount: () =>
    transaction(async (own) => {
      // Concurrent evaluations would write the same rows in different orders, and could deadlock.
      await own("select pg_advisory_xact_lock(hashtextextended('evaluate-model', 0))");
      const ends = seconds.filter((each) => each !== null);
      let restated = 0;
      let from: string | undefined = (await own<{ at: string }>(selectSince))[0]?.at;
      while (from !== undefined) {
        const until: string | undefined = (await own<{ at: string }>(selectUntil, [from]))[0]?.at;
        restated += (await own(recount, [names, ends, from, until ?? 'infinity'])).length;
        from = until;
      }
      await own(markLook);
      return restated;
    }),

  countSegments: (nowMs) =>
    query<SegmentConfusion>(countSegments, [new Date(nowMs).toISOString(), spanSeconds]),

  countShadow: (nowMs) => query<ShadowVerdicts>(countShadow, [new Date(nowMs).toISOString(), spanSeconds]),

  async countLabelled(nowMs) {
    const rows = await query<Confusion & { maturity: Maturity }>(countLabelled, [
      names,
      seconds,
      new Date(nowMs).toISOString(),
      spanSeconds,
    ]);
    return new Map(rows.map(({ maturity, ...confusion }) => [maturity, confusion]));
  },
});
