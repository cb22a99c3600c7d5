-- Locks the raw objects of an ingest date until the transaction ends. Returns whether they may be merged: not
-- while another function merges them, and not while a run of the daily job reads them. Spark lists all
-- objects first, and fails or loses rows if they change before it reads them.
create or replace function claim_ingest_date(the_date date) returns boolean language plpgsql as $$
begin
  if not pg_try_advisory_xact_lock(hashtextextended('raw/' || to_char(the_date, 'YYYY-MM-DD'), 0)) then
    return false;
  end if;
  -- Sees every read that was committed before the lock was taken. The daily workflow ends within six hours.
  return not exists (
    select from lake_reads where the_date = any (ingest_dates) and started_at > now() - interval '6 hours');
end
$$;
