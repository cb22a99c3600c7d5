-- Deletes rows that have not changed for this many days: at most as many as a batch can add, so that pruning
-- keeps up.
create or replace function prune_weather(keep_days int) returns void language plpgsql as $$
begin
  delete from weather_windows
   where ctid = any (array(
     select ctid from weather_windows
      where last_changed < current_date - keep_days order by last_changed limit 10000
         for update skip locked));
  delete from watched_places
   where ctid = any (array(
     select ctid from watched_places
      where last_changed < current_date - keep_days order by last_changed limit 10000
         for update skip locked));
  delete from alert_cooldowns
   where ctid = any (array(
     select ctid from alert_cooldowns
      where last_needed < current_date - keep_days order by last_needed limit 10000
         for update skip locked));
end
$$;
