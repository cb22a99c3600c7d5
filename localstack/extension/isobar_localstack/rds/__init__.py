"""Amazon RDS on the local Postgres server. An instance is a role and a database there."""
