import base64
import json
import os

import boto3

sqs = boto3.client("sqs")


def handle(event, context):
    """Sends each large order to a queue."""
    for batch in event["records"].values():
        for record in batch:
            order = json.loads(base64.b64decode(record["value"]))
            if order["amount"] >= float(os.environ["AT_LEAST"]):
                sqs.send_message(QueueUrl=os.environ["QUEUE_URL"], MessageBody=json.dumps(order))
