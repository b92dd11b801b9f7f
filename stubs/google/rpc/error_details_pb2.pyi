# The details of google.rpc.Status that this project sends; the library ships no types.
from google.protobuf.duration_pb2 import Duration
from google.protobuf.message import Message

class RetryInfo(Message):
    retry_delay: Duration
    def __init__(self, *, retry_delay: Duration = ...) -> None: ...
