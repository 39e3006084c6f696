#!/usr/bin/env python3
"""What clangd says of the files of a project, as an editor would hear it.

    language_client.py CLANGD errors               each file of ./compile_commands.json: its errors
    language_client.py CLANGD complete FILE TEXT   what may stand behind TEXT, a name in each line
"""

import json
import pathlib
import subprocess
import sys


class Server:
    """clangd behind two pipes: a message is a header with its length, and JSON."""

    def __init__(self, clangd, root):
        self.process = subprocess.Popen(
            [clangd, "--background-index=0", "--log=error", "--limit-results=0"],
            cwd=root,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        self.requests = 0
        self.request("initialize", processId=None, rootUri=root.as_uri(), capabilities={})
        self.notify("initialized")

    def send(self, message):
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        self.process.stdin.write(b"Content-Length: %d\r\n\r\n" % len(body) + body)
        self.process.stdin.flush()

    def receive(self):
        length = 0
        while line := self.process.stdout.readline().strip():
            name, _, value = line.partition(b":")
            if name.lower() == b"content-length":
                length = int(value)
        if not length:
            raise EOFError(f"clangd ended with {self.process.wait()}")
        return json.loads(self.process.stdout.read(length))

    def notify(self, method, **parameters):
        self.send({"method": method, "params": parameters})

    def request(self, method, **parameters):
        self.requests += 1
        self.send({"id": self.requests, "method": method, "params": parameters})
        while True:
            message = self.receive()
            if message.get("id") == self.requests and "method" not in message:
                return message["result"]

    def open(self, path):
        """Opens the file, and returns what is wrong with it once clangd has read it."""
        uri = path.as_uri()
        document = {"uri": uri, "languageId": "cpp", "version": 1, "text": path.read_text()}
        self.notify("textDocument/didOpen", textDocument=document)
        while True:
            message = self.receive()
            if message.get("method") != "textDocument/publishDiagnostics":
                continue
            if message["params"]["uri"] == uri and message["params"].get("version") == 1:
                return message["params"]["diagnostics"]

    def complete(self, path, words):
        text = path.read_text()
        before = text[: text.index(words) + len(words)]
        line, column = before.count("\n"), len(before) - (before.rfind("\n") + 1)
        self.open(path)
        found = self.request(
            "textDocument/completion",
            textDocument={"uri": path.as_uri()},
            position={"line": line, "character": column},
        )
        return [item["label"].strip() for item in found["items"]]

    def end(self):
        self.request("shutdown")
        self.notify("exit")
        status = self.process.wait(timeout=60)
        assert status == 0, f"clangd ended with {status}"


def show_errors(server, root):
    """Inlay hints are asked for as well: an editor does, and clangd 22 may crash on them."""
    for entry in json.loads((root / "compile_commands.json").read_text()):
        path = pathlib.Path(entry["file"])
        for error in server.open(path):
            line = error["range"]["start"]["line"] + 1
            print(f"{path.relative_to(root)}:{line}: {error['message']}")
        whole = {
            "start": {"line": 0, "character": 0},
            "end": {"line": path.read_text().count("\n"), "character": 0},
        }
        server.request("textDocument/inlayHint", textDocument={"uri": path.as_uri()}, range=whole)
        print(f"{path.relative_to(root)}: read")
        server.notify("textDocument/didClose", textDocument={"uri": path.as_uri()})


def main():
    clangd, command, *arguments = sys.argv[1:]
    root = pathlib.Path.cwd()
    server = Server(clangd, root)
    if command == "errors":
        show_errors(server, root)
    else:
        file, words = arguments
        print("\n".join(server.complete(root / file, words)))
    server.end()


if __name__ == "__main__":
    main()
