"""Where LocalStack's S3 keeps what it is given."""

from conftest import unique


def test_objects_are_kept_in_the_folder_of_their_localstack(localstack):
    s3, bucket = localstack.client("s3"), unique("lake")
    s3.create_bucket(Bucket=bucket)
    # Larger than what it keeps in memory.
    s3.put_object(Bucket=bucket, Key="large", Body=b"x" * 1_000_000)
    assert (localstack.tmp / "s3" / bucket).is_dir()
    assert s3.get_object(Bucket=bucket, Key="large")["Body"].read() == b"x" * 1_000_000
