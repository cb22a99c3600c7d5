export default `
  -- How far each consumer got on each partition. The row is locked while a batch is applied.
  create table applied_offsets (
    consumer    text   not null,
    topic       text   not null,
    partition   int    not null,
    next_offset bigint not null,
    primary key (consumer, topic, partition)
  );

  -- The last row of a file that each consumer saw on each partition.
  create table source_progress (
    consumer  text   not null,
    topic     text   not null,
    partition int    not null,
    source    text   not null,
    last_row  bigint not null,
    primary key (consumer, topic, partition, source)
  );

  -- Retried records whose effect has happened, by where they first failed: topic/partition/offset.
  create table applied_origins (
    consumer text not null,
    origin   text not null,
    primary key (consumer, origin)
  );

  -- Files of which every row is on Kafka. The source is <object key>@<ETag>.
  create table ingested_files (
    source       text        primary key,
    rows_read    bigint      not null,
    rows_valid   bigint      not null,
    rows_invalid bigint      not null,
    ingested_at  timestamptz not null default now()
  );
`;
