alter table error_weather_data add column fields text[] not null default '{}';

update error_weather_data
   set fields = array(
     select distinct found[1]
       from regexp_matches(
              error_message,
              '\m(Location|Date_Time|Temperature_C|Humidity_pct|Precipitation_mm|Wind_Speed_kmh): found', 'g') as found)
 where processing_status in ('NEW', 'REDRIVING');

create table open_error_counts (
  id         bigint primary key generated always as identity,
  key        uuid   not null,
  day        date   not null,
  error_type text   not null,
  file_name  text,
  fields     text[] not null,
  errors     bigint not null
);
create index open_error_counts_key on open_error_counts (key);
