"""Works through a hundred messages in batches."""

import boto3

sqs = boto3.resource("sqs")
queue = sqs.create_queue(QueueName="boto3-batches")
bodies = [f"message {number}" for number in range(100)]

for start in range(0, 100, 10):
    response = queue.send_messages(
        Entries=[
            {"Id": str(number), "MessageBody": bodies[number]}
            for number in range(start, start + 10)
        ]
    )
    assert len(response["Successful"]) == 10 and "Failed" not in response, response

received = []
while messages := queue.receive_messages(MaxNumberOfMessages=10):
    received += [message.body for message in messages]
    response = queue.delete_messages(
        Entries=[
            {"Id": str(place), "ReceiptHandle": message.receipt_handle}
            for place, message in enumerate(messages)
        ]
    )
    assert len(response["Successful"]) == len(messages), response

assert sorted(received) == sorted(bodies), received

response = queue.send_messages(
    Entries=[
        {"Id": "good", "MessageBody": "hello"},
        {"Id": "bad", "MessageBody": "\u0000"},
    ]
)
assert [entry["Id"] for entry in response["Successful"]] == ["good"], response
(failed,) = response["Failed"]
assert (failed["Id"], failed["Code"], failed["SenderFault"]) == (
    "bad",
    "InvalidMessageContents",
    True,
), failed
