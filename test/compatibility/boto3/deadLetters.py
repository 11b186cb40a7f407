"""Sets up a dead-letter queue, and finds there what was received too often."""

import json

import boto3

sqs = boto3.resource("sqs")
dead = sqs.create_queue(QueueName="boto3-dead")
source = sqs.create_queue(
    QueueName="boto3-source",
    Attributes={
        "VisibilityTimeout": "0",
        "RedrivePolicy": json.dumps(
            {"deadLetterTargetArn": dead.attributes["QueueArn"], "maxReceiveCount": "2"}
        ),
    },
)
assert json.loads(source.attributes["RedrivePolicy"])["maxReceiveCount"] == 2
assert [queue.url for queue in dead.dead_letter_source_queues.all()] == [source.url]

sent = source.send_message(MessageBody="poison")
for _ in range(2):
    assert len(source.receive_messages()) == 1
assert source.receive_messages() == []

(message,) = dead.receive_messages(AttributeNames=["All"])
assert message.message_id == sent["MessageId"]
assert message.attributes["DeadLetterQueueSourceArn"] == source.attributes["QueueArn"]
assert message.attributes["ApproximateReceiveCount"] == "3", message.attributes
