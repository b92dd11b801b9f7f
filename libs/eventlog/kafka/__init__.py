"""The log on Apache Kafka, through aiokafka: the production one.

Nothing outside this package sees a Kafka client, a topic prefix or a Kafka error.
"""

from libs.eventlog.kafka.log import KafkaEventLog
from libs.eventlog.kafka.settings import KafkaAccess, KafkaSettings

__all__ = ["KafkaAccess", "KafkaEventLog", "KafkaSettings"]
