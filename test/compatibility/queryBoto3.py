"""Calls SQS through boto3: a line of JSON in for each call, a line of JSON out with its outcome.

in   {"method": "send_message", "parameters": {"QueueUrl": "…", "MessageBody": "…"}}
out  {"result": {…}}  or  {"error": {"shape": "…", "code": "…", "message": "…", "status": 400}}

Bytes are {"base64": "…"} both ways. The first argument is the origin of the service.
"""

import base64
import json
import sys

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError


def read(value):
    return base64.b64decode(value["base64"]) if list(value) == ["base64"] else value


def write(value):
    return {"base64": base64.b64encode(value).decode()}


def outcome(client, call):
    try:
        result = getattr(client, call["method"])(**call["parameters"])
        result.pop("ResponseMetadata")
        return {"result": result}
    except ClientError as error:
        answer = error.response
        return {
            "error": {
                "shape": type(error).__name__,
                "code": answer["Error"]["Code"],
                "message": answer["Error"]["Message"],
                "status": answer["ResponseMetadata"]["HTTPStatusCode"],
            }
        }


client = boto3.client(
    "sqs",
    endpoint_url=sys.argv[1],
    region_name="us-east-1",
    aws_access_key_id="any",
    aws_secret_access_key="any",
    config=Config(retries={"max_attempts": 0}),
)
print(json.dumps({"protocol": client.meta.service_model.metadata["protocol"]}), flush=True)
for line in sys.stdin:
    print(json.dumps(outcome(client, json.loads(line, object_hook=read)), default=write), flush=True)
