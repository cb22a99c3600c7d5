export default `
  -- What a transaction was, by which a repeat is told from another one under the same id: its record is kept only until it was sent.
  alter table scored_requests add column transaction_sha256 text;
  alter table scored_requests alter column record drop not null;
  update scored_requests
     set transaction_sha256 = encode(sha256(convert_to((record::json -> 'transaction')::text, 'UTF8')), 'hex'),
         record = case when sent_at is null then record end;

  -- Nothing looks for a transaction by its own time.
  drop index predictions_transaction_time;
`;
