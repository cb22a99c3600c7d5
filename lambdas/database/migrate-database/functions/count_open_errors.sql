-- Keeps open_error_counts equal to the open errors, in the transaction of whatever changes them. It replaces
-- the rows of a group that no other transaction holds by one, or adds one. So none waits for another, and the
-- rows of a group are as many as the transactions that changed it at once.
create or replace function count_open_errors() returns trigger language plpgsql as $$
begin
  if tg_op = 'TRUNCATE' then
    delete from open_error_counts;
    return null;
  end if;

  execute format($changes$
    with changed as materialized (
      select md5(row(day, error_type, file_name, fields)::text)::uuid as key, day, error_type, file_name, fields, sum(n) as n
        from (select n, (created_at at time zone 'UTC')::date as day, error_type, file_name, fields
                from (%s) as changed
               where processing_status in ('NEW', 'REDRIVING')) as open
       group by day, error_type, file_name, fields
      having sum(n) <> 0),
    taken as (
      delete from open_error_counts
       where id = any (array(
         select id from open_error_counts where key in (select key from changed) for update skip locked))
      returning key, errors),
    counted as (
      select c.*, c.n + coalesce((select sum(t.errors) from taken t where t.key = c.key), 0) as errors from changed c)
    insert into open_error_counts (key, day, error_type, file_name, fields, errors)
    select key, day, error_type, file_name, fields, errors from counted where errors <> 0
    $changes$,
    case tg_op
      when 'INSERT' then 'select 1 as n, * from added'
      when 'DELETE' then 'select -1 as n, * from removed'
      else 'select 1 as n, * from added union all select -1, * from removed'
    end);
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
