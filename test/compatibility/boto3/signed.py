"""Signs by an access key with a session token, and by ones that are not right."""

import boto3
from botocore.exceptions import ClientError

sqs = boto3.client("sqs")
url = sqs.create_queue(QueueName="boto3-signed")["QueueUrl"]
sqs.send_message(QueueUrl=url, MessageBody="Grüße, 世界 😀")
message = sqs.receive_message(QueueUrl=url)["Messages"][0]
sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
assert message["Body"] == "Grüße, 世界 😀"

right = boto3.Session().get_credentials().get_frozen_credentials()


def code(**credentials):
    try:
        boto3.client("sqs", **credentials).list_queues()
    except ClientError as error:
        return error.response["Error"]["Code"]
    return None


def holding(key=right.access_key, secret=right.secret_key, token=right.token):
    return {
        "aws_access_key_id": key,
        "aws_secret_access_key": secret,
        "aws_session_token": token,
    }


assert code(**holding()) is None
assert code(**holding(), region_name="eu-west-1") is None
assert code(**holding(secret="wrong")) == "SignatureDoesNotMatch"
assert code(**holding(token="wrong")) == "InvalidClientTokenId"
assert code(**holding(key="MRAKAAAAAAAAAAAAAAAA")) == "InvalidClientTokenId"
