-- Keeps open_error_counts equal to the open errors, in the transaction of whatever changes them. All groups
-- of a statement are locked in the order of their keys, so that two statements cannot wait for each other.
create or replace function count_open_errors() returns trigger language plpgsql as $$
begin
  if tg_op = 'TRUNCATE' then
    delete from open_error_counts;
    return null;
  end if;

  execute format($changes$
    insert into open_error_counts as c (key, day, error_type, file_name, fields, errors)
    select md5(row(day, error_type, file_name, fields)::text)::uuid as key, day, error_type, file_name, fields, sum(n)
      from (select n, (created_at at time zone 'UTC')::date as day, error_type, file_name, fields
              from (%s) as changed
             where processing_status in ('NEW', 'REDRIVING')) as open
     group by day, error_type, file_name, fields
    having sum(n) <> 0
     order by key
        on conflict (key) do update set errors = c.errors + excluded.errors
    $changes$,
    case tg_op
      when 'INSERT' then 'select 1 as n, * from added'
      when 'DELETE' then 'select -1 as n, * from removed'
      else 'select 1 as n, * from added union all select -1, * from removed'
    end);

  delete from open_error_counts
   where key = any (array(select key from open_error_counts where errors = 0 for update skip locked));
  return null;
end
$$;

-- Creating a trigger keeps out other writers until the commit. Then the count from the beginning is right.
create or replace trigger count_added_errors after insert on error_weather_data
  referencing new table as added for each statement execute function count_open_errors();
create or replace trigger count_changed_errors after update on error_weather_data
  referencing new table as added old table as removed for each statement execute function count_open_errors();
create or replace trigger count_removed_errors after delete on error_weather_data
  referencing old table as removed for each statement execute function count_open_errors();
create or replace trigger count_no_errors after truncate on error_weather_data
  for each statement execute function count_open_errors();

delete from open_error_counts;
insert into open_error_counts (key, day, error_type, file_name, fields, errors)
select md5(row(day, error_type, file_name, fields)::text)::uuid, *
  from (select (created_at at time zone 'UTC')::date as day, error_type, file_name, fields, count(*)
          from error_weather_data
         where processing_status in ('NEW', 'REDRIVING')
         group by 1, 2, 3, 4) as open;
