"""AWS::EC2::EIP and security group rules in CloudFormation."""

from localstack.services.cloudformation.resource_provider import (
    ProgressEvent,
    ResourceProvider,
    ResourceRequest,
)

from isobar_localstack.cloudformation.resources import done


class Eip(ResourceProvider):
    TYPE = "AWS::EC2::EIP"
    SCHEMA = {
        "typeName": TYPE,
        "primaryIdentifier": ["/properties/PublicIp"],
        "readOnlyProperties": ["/properties/PublicIp", "/properties/AllocationId"],
        "createOnlyProperties": ["/properties/Domain"],
    }

    def create(self, request: ResourceRequest) -> ProgressEvent:
        model = request.desired_state
        wanted = {"Domain": model.get("Domain", "vpc")}
        if tags := model.get("Tags"):
            wanted["TagSpecifications"] = [{"ResourceType": "elastic-ip", "Tags": tags}]
        address = request.aws_client_factory.ec2.allocate_address(**wanted)
        return done({**model, "PublicIp": address["PublicIp"], "AllocationId": address["AllocationId"]})

    def delete(self, request: ResourceRequest) -> ProgressEvent:
        request.aws_client_factory.ec2.release_address(AllocationId=request.previous_state["AllocationId"])
        return done({})


_RULE_PROPERTIES = ("GroupId", "IpProtocol", "FromPort", "ToPort", "CidrIp", "CidrIpv6")


class SecurityGroupIngress(ResourceProvider):
    TYPE = "AWS::EC2::SecurityGroupIngress"
    SCHEMA = {
        "typeName": TYPE,
        "primaryIdentifier": ["/properties/Id"],
        "readOnlyProperties": ["/properties/Id"],
        "createOnlyProperties": [
            f"/properties/{name}"
            for name in (*_RULE_PROPERTIES, "SourceSecurityGroupId", "SourcePrefixListId")
        ],
    }

    def create(self, request: ResourceRequest) -> ProgressEvent:
        model = request.desired_state
        answer = request.aws_client_factory.ec2.authorize_security_group_ingress(
            GroupId=model["GroupId"], IpPermissions=[_permission(model, "Source")]
        )
        return done({**model, "Id": answer["SecurityGroupRules"][0]["SecurityGroupRuleId"]})

    def delete(self, request: ResourceRequest) -> ProgressEvent:
        before = request.previous_state
        request.aws_client_factory.ec2.revoke_security_group_ingress(
            GroupId=before["GroupId"], IpPermissions=[_permission(before, "Source")]
        )
        return done({})


class SecurityGroupEgress(ResourceProvider):
    TYPE = "AWS::EC2::SecurityGroupEgress"
    SCHEMA = {
        "typeName": TYPE,
        "primaryIdentifier": ["/properties/Id"],
        "readOnlyProperties": ["/properties/Id"],
        "createOnlyProperties": [
            f"/properties/{name}"
            for name in (*_RULE_PROPERTIES, "DestinationSecurityGroupId", "DestinationPrefixListId")
        ],
    }

    def create(self, request: ResourceRequest) -> ProgressEvent:
        model = request.desired_state
        answer = request.aws_client_factory.ec2.authorize_security_group_egress(
            GroupId=model["GroupId"], IpPermissions=[_permission(model, "Destination")]
        )
        return done({**model, "Id": answer["SecurityGroupRules"][0]["SecurityGroupRuleId"]})

    def delete(self, request: ResourceRequest) -> ProgressEvent:
        before = request.previous_state
        request.aws_client_factory.ec2.revoke_security_group_egress(
            GroupId=before["GroupId"], IpPermissions=[_permission(before, "Destination")]
        )
        return done({})


def _permission(model: dict, side: str) -> dict:
    """`side` is what the properties of the other end begin with: Source or Destination."""
    permission: dict = {"IpProtocol": str(model["IpProtocol"])}
    for port in ("FromPort", "ToPort"):
        if port in model:
            permission[port] = int(model[port])
    note = {"Description": model["Description"]} if model.get("Description") else {}
    if cidr := model.get("CidrIp"):
        permission["IpRanges"] = [{"CidrIp": cidr, **note}]
    if cidr := model.get("CidrIpv6"):
        permission["Ipv6Ranges"] = [{"CidrIpv6": cidr, **note}]
    if group := model.get(f"{side}SecurityGroupId"):
        permission["UserIdGroupPairs"] = [{"GroupId": group, **note}]
    if prefix_list := model.get(f"{side}PrefixListId"):
        permission["PrefixListIds"] = [{"PrefixListId": prefix_list, **note}]
    return permission
