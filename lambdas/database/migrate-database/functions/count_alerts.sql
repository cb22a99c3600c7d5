-- Counts raised weather alerts by type. The trigger stands beside its function, which it needs.
create or replace function count_alerts() returns trigger language plpgsql as $$
begin
  -- Most batches raise none.
  if not exists (select from added) then
    return null;
  end if;
  perform add_to_counters('weather_alerts_total', 'type', array_agg(t.alert_type), array_agg(t.count))
     from (select alert_type, count(*) as count from added group by 1) t;
  return null;
end
$$;
create or replace trigger count_alerts after insert on weather_alerts
  referencing new table as added for each statement execute function count_alerts();
