"""Amazon RDS on the local Postgres: an instance is a role and a database there."""
