"""The folder of LocalStack's S3."""

from conftest import unique


def test_objects_are_stored_in_the_folder_of_their_localstack(localstack):
    s3, bucket = localstack.client("s3"), unique("lake")
    s3.create_bucket(Bucket=bucket)
    # Too large for LocalStack's memory storage.
    s3.put_object(Bucket=bucket, Key="large", Body=b"x" * 1_000_000)
    assert (localstack.tmp / "s3" / bucket).is_dir()
    assert s3.get_object(Bucket=bucket, Key="large")["Body"].read() == b"x" * 1_000_000
