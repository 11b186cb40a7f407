"""Catches errors by their class and by their code, as programs do."""

import boto3
from botocore.exceptions import ClientError

sqs = boto3.client("sqs")
url = sqs.create_queue(QueueName="boto3-errors", Attributes={"DelaySeconds": "5"})["QueueUrl"]


def caught(kind, call, **parameters):
    try:
        call(**parameters)
    except kind as error:
        status = error.response["ResponseMetadata"]["HTTPStatusCode"]
        return error.response["Error"]["Code"], status, error.response["Error"]["Message"]
    raise AssertionError(f"expected {kind} of {parameters}")


assert caught(sqs.exceptions.QueueDoesNotExist, sqs.get_queue_url, QueueName="nobody") == (
    "AWS.SimpleQueueService.NonExistentQueue",
    400,
    "The specified queue does not exist.",
)
assert caught(
    sqs.exceptions.QueueNameExists,
    sqs.create_queue,
    QueueName="boto3-errors",
    Attributes={"DelaySeconds": "6"},
) == (
    "QueueAlreadyExists",
    400,
    "A queue already exists with the same name and a different value for attribute DelaySeconds",
)
assert caught(
    sqs.exceptions.ReceiptHandleIsInvalid,
    sqs.delete_message,
    QueueUrl=url,
    ReceiptHandle="garbage",
) == (
    "ReceiptHandleIsInvalid",
    404,
    'The input receipt handle "garbage" is not a valid receipt handle.',
)
assert caught(
    sqs.exceptions.InvalidMessageContents, sqs.send_message, QueueUrl=url, MessageBody="\ufffe"
)[0:2] == ("InvalidMessageContents", 400)
assert caught(
    sqs.exceptions.BatchEntryIdsNotDistinct,
    sqs.send_message_batch,
    QueueUrl=url,
    Entries=[{"Id": "a", "MessageBody": "1"}, {"Id": "a", "MessageBody": "2"}],
) == ("AWS.SimpleQueueService.BatchEntryIdsNotDistinct", 400, "Id a repeated.")
assert caught(
    ClientError, sqs.send_message, QueueUrl=url, MessageBody="hello", DelaySeconds=901
) == (
    "InvalidParameterValue",
    400,
    "Value 901 for parameter DelaySeconds is invalid. "
    "Reason: DelaySeconds must be >= 0 and <= 900.",
)

sqs.purge_queue(QueueUrl=url)
assert caught(sqs.exceptions.PurgeQueueInProgress, sqs.purge_queue, QueueUrl=url)[0:2] == (
    "AWS.SimpleQueueService.PurgeQueueInProgress",
    403,
)
sqs.delete_queue(QueueUrl=url)
assert caught(
    sqs.exceptions.QueueDeletedRecently, sqs.create_queue, QueueName="boto3-errors"
)[0:2] == ("AWS.SimpleQueueService.QueueDeletedRecently", 400)
