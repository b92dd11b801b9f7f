from aiokafka import TopicPartition

class ClusterMetadata:
    def leader_for_partition(self, partition: TopicPartition) -> int | None: ...

class AIOKafkaClient:
    cluster: ClusterMetadata
    async def close(self) -> None: ...
