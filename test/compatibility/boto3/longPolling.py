"""Waits for a message that another thread sends, and pages through queues."""

import threading
import time

import boto3

sqs = boto3.client("sqs")
url = sqs.create_queue(QueueName="boto3-waiting-1")["QueueUrl"]
for number in (2, 3):
    sqs.create_queue(QueueName=f"boto3-waiting-{number}", tags={"number": str(number)})

sender = threading.Timer(0.3, sqs.send_message, kwargs={"QueueUrl": url, "MessageBody": "hello"})
sender.start()
started = time.monotonic()
messages = sqs.receive_message(QueueUrl=url, WaitTimeSeconds=20)["Messages"]
assert [message["Body"] for message in messages] == ["hello"], messages
assert time.monotonic() - started < 10

assert "Messages" not in sqs.receive_message(QueueUrl=url, WaitTimeSeconds=1)

pages = list(
    sqs.get_paginator("list_queues").paginate(
        QueueNamePrefix="boto3-waiting-", PaginationConfig={"PageSize": 2}
    )
)
assert [len(page["QueueUrls"]) for page in pages] == [2, 1], pages
assert sqs.list_queue_tags(QueueUrl=pages[1]["QueueUrls"][0])["Tags"] == {"number": "3"}
