from aiokafka.protocol.api import Request, RequestStruct

class CreateAclsRequest(Request[RequestStruct]):
    def __init__(
        self,
        resource_type: int,
        resource_name: str,
        resource_pattern_type_filter: int,
        principal: str,
        host: str,
        operation: int,
        permission_type: int,
    ) -> None: ...

class DeleteAclsRequest(Request[RequestStruct]):
    def __init__(
        self,
        resource_type: int,
        resource_name: str,
        resource_pattern_type_filter: int,
        principal: str,
        host: str,
        operation: int,
        permission_type: int,
    ) -> None: ...

class DescribeAclsRequest(Request[RequestStruct]):
    def __init__(
        self,
        resource_type: int,
        resource_name: str | None,
        resource_pattern_type_filter: int,
        principal: str,
        host: str | None,
        operation: int,
        permission_type: int,
    ) -> None: ...
