from aiokafka import ConsumerRecord as ConsumerRecord
from aiokafka import TopicPartition as TopicPartition
