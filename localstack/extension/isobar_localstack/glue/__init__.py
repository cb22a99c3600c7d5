"""AWS Glue: the Data Catalog that Athena and Spark read, and jobs on a local Spark. Operations come in groups, one file each; `api.py` joins them."""
