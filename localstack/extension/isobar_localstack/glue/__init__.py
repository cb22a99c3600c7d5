"""AWS Glue: the Data Catalog that Athena and Spark read. Operations come in groups, one file each; `api.py` joins them."""
