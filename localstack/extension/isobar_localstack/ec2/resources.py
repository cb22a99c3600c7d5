"""AWS::EC2::EIP and security group rules in CloudFormation."""

from localstack.services.cloudformation.resource_provider import ResourceRequest

from isobar_localstack.cloudformation.resources import Resource, schema


class Eip(Resource):
    TYPE = "AWS::EC2::EIP"
    SCHEMA = schema(TYPE, "PublicIp", read_only=("PublicIp", "AllocationId"), create_only=("Domain",))

    def create_resource(self, request: ResourceRequest) -> dict:
        model = request.desired_state
        wanted = {"Domain": model.get("Domain", "vpc")}
        if tags := model.get("Tags"):
            wanted["TagSpecifications"] = [{"ResourceType": "elastic-ip", "Tags": tags}]
        address = request.aws_client_factory.ec2.allocate_address(**wanted)
        return {**model, "PublicIp": address["PublicIp"], "AllocationId": address["AllocationId"]}

    def delete_resource(self, request: ResourceRequest) -> None:
        allocation_id = request.previous_state["AllocationId"]
        request.aws_client_factory.ec2.release_address(AllocationId=allocation_id)


def _rule_schema(resource_type: str, other_end: str) -> dict:
    properties = ("GroupId", "IpProtocol", "FromPort", "ToPort", "CidrIp", "CidrIpv6")
    ends = (f"{other_end}SecurityGroupId", f"{other_end}PrefixListId")
    return schema(resource_type, "Id", read_only=("Id",), create_only=(*properties, *ends))


class _SecurityGroupRule(Resource):
    direction: str
    # The prefix of the properties of the other end: Source or Destination.
    other_end: str

    def create_resource(self, request: ResourceRequest) -> dict:
        answer = self._call("authorize", request, request.desired_state)
        return {**request.desired_state, "Id": answer["SecurityGroupRules"][0]["SecurityGroupRuleId"]}

    def delete_resource(self, request: ResourceRequest) -> None:
        self._call("revoke", request, request.previous_state)

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
    permission = {name: model[name] for name in ("IpProtocol", "FromPort", "ToPort") if name in model}
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
