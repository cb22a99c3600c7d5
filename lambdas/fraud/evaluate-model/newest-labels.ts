/**
 * A subquery of the labels that figures are computed of anew at each run. Their number bounds the time,
 * however many labels came.
 */
export const newestLabels =
  '(select transaction_id, is_fraud from labels order by recorded_at desc limit 200000)';
