"""Sends and receives by the resource interface, with attributes of every type."""

import boto3

sqs = boto3.resource("sqs")
queue = sqs.create_queue(QueueName="boto3-messages", Attributes={"VisibilityTimeout": "60"})
assert sqs.get_queue_by_name(QueueName="boto3-messages").url == queue.url

attributes = {
    "author": {"DataType": "String", "StringValue": "Jörg"},
    "count": {"DataType": "Number.int", "StringValue": "10.50"},
    "image": {"DataType": "Binary.png", "BinaryValue": b"\x89PNG\x00\xff"},
}
sent = queue.send_message(MessageBody="Grüße, 世界 😀\r\n\t<&>", MessageAttributes=attributes)
assert sent["MD5OfMessageAttributes"], sent

(message,) = queue.receive_messages(
    MessageAttributeNames=["All"], AttributeNames=["All"], MaxNumberOfMessages=10
)
assert message.message_id == sent["MessageId"]
assert message.body == "Grüße, 世界 😀\r\n\t<&>", message.body
assert message.message_attributes == attributes, message.message_attributes
assert message.attributes["ApproximateReceiveCount"] == "1", message.attributes
assert queue.receive_messages() == []

message.change_visibility(VisibilityTimeout=0)
(again,) = queue.receive_messages(AttributeNames=["ApproximateReceiveCount"])
assert again.attributes == {"ApproximateReceiveCount": "2"}, again.attributes
again.delete()

queue.load()
assert queue.attributes["ApproximateNumberOfMessages"] == "0", queue.attributes
assert queue.attributes["ApproximateNumberOfMessagesNotVisible"] == "0", queue.attributes
