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


def _rule_schema(type_name: str, other_end: str) -> dict:
    properties = ("GroupId", "IpProtocol", "FromPort", "ToPort", "CidrIp", "CidrIpv6")
    ends = (f"{other_end}SecurityGroupId", f"{other_end}PrefixListId")
    return {
        "typeName": type_name,
        "primaryIdentifier": ["/properties/Id"],
        "readOnlyProperties": ["/properties/Id"],
        "createOnlyProperties": [f"/properties/{name}" for name in (*properties, *ends)],
    }


class _SecurityGroupRule(ResourceProvider):
    direction: str
    # The prefix of the properties of the other end: Source or Destination.
    other_end: str

    def create(self, request: ResourceRequest) -> ProgressEvent:
        model = request.desired_state
        answer = self._call("authorize", request, model)
        return done({**model, "Id": answer["SecurityGroupRules"][0]["SecurityGroupRuleId"]})

    def delete(self, request: ResourceRequest) -> ProgressEvent:
        self._call("revoke", request, request.previous_state)
        return done({})

    def _call(self, verb: str, request: ResourceRequest, model: dict) -> dict:
        operation = getattr(request.aws_client_factory.ec2, f"{verb}_security_group_{self.direction}")
        return operation(GroupId=model["GroupId"], IpPermissions=[_permission(model, self.other_end)])


class SecurityGroupIngress(_SecurityGroupRule):
    TYPE = "AWS::EC2::SecurityGroupIngress"
    direction = "ingress"
    other_end = "Source"
    SCHEMA = _rule_schema(TYPE, other_end)


class SecurityGroupEgress(_SecurityGroupRule):
    TYPE = "AWS::EC2::SecurityGroupEgress"
    direction = "egress"
    other_end = "Destination"
    SCHEMA = _rule_schema(TYPE, other_end)


def _permission(model: dict, other_end: str) -> dict:
    permission: dict = {"IpProtocol": str(model["IpProtocol"])}
    for port in ("FromPort", "ToPort"):
        if port in model:
            permission[port] = int(model[port])
    note = {"Description": model["Description"]} if model.get("Description") else {}
    if cidr := model.get("CidrIp"):
        permission["IpRanges"] = [{"CidrIp": cidr, **note}]
    if cidr := model.get("CidrIpv6"):
        permission["Ipv6Ranges"] = [{"CidrIpv6": cidr, **note}]
    if group := model.get(f"{other_end}SecurityGroupId"):
        permission["UserIdGroupPairs"] = [{"GroupId": group, **note}]
    if prefix_list := model.get(f"{other_end}PrefixListId"):
        permission["PrefixListIds"] = [{"PrefixListId": prefix_list, **note}]
    return permission
