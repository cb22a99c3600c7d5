create table topic_generations (
  topic      text        not null,
  cluster    text        not null,
  epoch      int         not null,
  generation int         not null,
  began_at   timestamptz not null default clock_timestamp(),
  used_at    timestamptz not null default clock_timestamp(),
  primary key (topic, cluster, epoch),
  unique (topic, generation)
);

alter table applied_offsets
  add column first_offset bigint,
  add column first_ms     bigint,
  add column newest_ms    bigint not null default 0;

-- The timestamps of earlier records are unknown. None is later: brokers of Kafka 4 refuse a record that is
-- stamped more than an hour ahead.
update applied_offsets set newest_ms = extract(epoch from now() + interval '1 hour') * 1000;
