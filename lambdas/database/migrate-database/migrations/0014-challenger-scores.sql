alter table predictions add column challenger_version text;
alter table predictions add column challenger_score double precision;
alter table predictions add column challenger_fraud boolean;
