"""AWS Glue: the Data Catalog for Athena and Spark, and jobs on a local Spark. `api.py` joins the groups of
operations, which have one file each."""
