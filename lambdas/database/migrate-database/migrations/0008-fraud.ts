export default `
  -- What a transaction was answered and the record that was made of it, kept before either leaves: a repeat gets the same answer,
  -- and sends the same record if the first one could not.
  create table scored_requests (
    transaction_id text        primary key,
    answer         text        not null,
    record         text        not null,
    sent_at        timestamptz,
    -- By day, as elsewhere: what is old is pruned by it.
    scored_on      date        not null default current_date
  );
  create index scored_requests_scored_on on scored_requests (scored_on);

  -- What is remembered of an account, as lambdas/fraud/score-transaction keeps it: bounded in size, whatever the account does.
  create table account_activity (
    account_id   text  primary key,
    activity     jsonb not null default '{}',
    last_changed date  not null default current_date
  );
  create index account_activity_last_changed on account_activity (last_changed);

  -- The scored transactions, as the topic tells of them.
  create table predictions (
    transaction_id    text             primary key,
    account_id        text             not null,
    amount            double precision not null,
    currency          text             not null,
    merchant_category text             not null,
    country           text             not null,
    channel           text             not null,
    transaction_time  timestamptz      not null,
    features          jsonb            not null,
    score             double precision not null,
    fraud             boolean          not null,
    model_version     text             not null,
    scored_at         timestamptz      not null,
    topic_partition   int              not null,
    topic_offset      bigint           not null
  );
  create index predictions_transaction_time on predictions (transaction_time);
  create index predictions_scored_at on predictions (scored_at);

  -- What a transaction turned out to be, which is often known days later.
  create table labels (
    transaction_id text        primary key,
    is_fraud       boolean     not null,
    labelled_at    timestamptz not null,
    source         text        not null,
    recorded_at    timestamptz not null default now()
  );
  create index labels_recorded_at on labels (recorded_at);

  -- The gauges of lambdas/shared/metrics/metrics.ts: the newest observation of each.
  create table metric_gauges (
    name        text             not null,
    labels      jsonb            not null default '{}',
    value       double precision not null,
    observed_at timestamptz      not null,
    primary key (name, labels)
  );

  -- The updates of gauges that were taken, so that one that is sent again changes nothing.
  create table metric_updates (
    id       text primary key,
    taken_on date not null default current_date
  );
  create index metric_updates_taken_on on metric_updates (taken_on);

  -- The histograms of lambdas/shared/metrics/metrics.ts, a row a bucket: what fell between the bound below and this one. Other bounds
  -- are other rows, so that a histogram survives a change of its buckets.
  create table metric_histograms (
    name   text             not null,
    labels jsonb            not null default '{}',
    le     double precision not null,
    count  bigint           not null,
    sum    double precision not null,
    primary key (name, labels, le)
  );

  -- How a feature was spread in a span of time, over the bins of its model's reference. The partition is part of the key because
  -- its row in the ledger is locked anyway: counting never waits, and the sum over partitions is the whole.
  create table feature_histograms (
    model_version text        not null,
    feature       text        not null,
    window_start  timestamptz not null,
    partition     int         not null,
    counts        bigint[]    not null,
    missing       bigint      not null,
    primary key (model_version, feature, window_start, partition)
  );
  create index feature_histograms_window_start on feature_histograms (window_start);
`;
