# google.rpc.Status, the error body of OTLP; the library ships no types.
from google.protobuf.message import Message

class Status(Message):
    code: int
    message: str
    def __init__(self, *, code: int = ..., message: str = ...) -> None: ...
