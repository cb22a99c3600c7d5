-- Settled errors are listed newest first, and counted, beside any number of open ones.
create index error_weather_data_settled on error_weather_data (processing_status, id)
  where processing_status in ('REDRIVEN', 'IGNORED');
create index error_weather_data_failed_in on error_weather_data (failed_in) where failed_in is not null;
