"""python tus.py ENDPOINT FILE: uploads a file with tuspy; the token is in the environment."""

import os
import sys

from tusclient.client import TusClient

client = TusClient(sys.argv[1], headers={"Authorization": f"Bearer {os.environ['TOKEN']}"})
uploader = client.uploader(
    sys.argv[2], chunk_size=32 * 1024 * 1024, metadata={"filename": "resumed.bin"}, retries=10, retry_delay=0
)
uploader.upload()
