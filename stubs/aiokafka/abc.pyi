from abc import ABC

from aiokafka import TopicPartition

class ConsumerRebalanceListener(ABC):
    async def on_partitions_revoked(self, revoked: set[TopicPartition]) -> None: ...
    async def on_partitions_assigned(self, assigned: set[TopicPartition]) -> None: ...
