# google.rpc.Status, the error body of OTLP; the library ships no types.
from google.protobuf.any_pb2 import Any
from google.protobuf.message import Message

class Details(list[Any]):
    def add(self) -> Any: ...

class Status(Message):
    code: int
    message: str
    @property
    def details(self) -> Details: ...
    def __init__(self, *, code: int = ..., message: str = ...) -> None: ...
