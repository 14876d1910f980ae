"""Calls our server by httpx over Python's h2: httpx_client.py <url> <file of the authority> <file of 10 MiB>. Prints JSON."""
import json
import sys
import time

import httpx

url, authority, large = sys.argv[1:]
ping = url + "/ping.v1.PingService/Ping"
with httpx.Client(http1=False, http2=True, verify=authority) as client:
    first = client.post(ping, json={"text": "hi"})
    with open(large, "rb") as body:
        sent = body.read()
    big = client.post(ping, content=sent, headers={"content-type": "application/proto"}, timeout=60)
    wrong = client.post(url + "/ping.v1.PingService/Fail", json={"code": 5, "message": "no"})
    try:
        client.post(ping, json={"delayMs": 5000}, timeout=0.1)
        canceled = False
    except httpx.TimeoutException:
        canceled = True
    time.sleep(4)
    again = client.post(ping, json={"text": "hi"})
print(
    json.dumps(
        {
            "version": first.http_version,
            "text": first.json()["text"],
            "large": big.content == sent,
            "error": wrong.status_code,
            "canceled": canceled,
            "again": again.json()["text"],
        }
    )
)
