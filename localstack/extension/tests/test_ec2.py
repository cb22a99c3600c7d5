"""EC2, where the extension changes it."""


def test_the_offered_instance_types_of_a_region_are_read_on_demand(localstack):
    def offered(location_type: str) -> list[dict]:
        answer = localstack.client("ec2").describe_instance_type_offerings(
            LocationType=location_type, Filters=[{"Name": "instance-type", "Values": ["t3.micro"]}]
        )
        return answer["InstanceTypeOfferings"]

    assert offered("region") == [
        {"InstanceType": "t3.micro", "Location": "us-east-1", "LocationType": "region"}
    ]
    assert {each["Location"] for each in offered("availability-zone")} >= {"us-east-1a", "us-east-1b"}
