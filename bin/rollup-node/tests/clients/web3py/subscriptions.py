"""Subscriptions over WebSocket, by the library's own kinds, also when the connection is lost."""

import asyncio

from suite import WS_URL, account, call, deploy, step, w3
from web3 import AsyncWeb3, WebSocketProvider
from web3.exceptions import Web3Exception
from web3.utils.subscriptions import (
    LogsSubscription,
    NewHeadsSubscription,
    PendingTxSubscription,
)
from websockets.exceptions import ConnectionClosed

alice = account(0)


class Proxy:
    """Stands in front of the node's WebSocket server; its connections can be cut."""

    def __init__(self):
        self.writers = set()
        self.host, self.port = WS_URL.removeprefix("ws://").split(":")

    async def start(self):
        server = await asyncio.start_server(self.accept, "127.0.0.1", 0)
        self.url = f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        return server

    async def accept(self, reader, writer):
        far_reader, far_writer = await asyncio.open_connection(self.host, self.port)
        self.writers |= {writer, far_writer}
        try:
            await asyncio.gather(self.copy(reader, far_writer), self.copy(far_reader, writer))
        except asyncio.CancelledError:
            # The step has ended.
            pass

    async def copy(self, reader, writer):
        try:
            while data := await reader.read(65536):
                writer.write(data)
                await writer.drain()
        except OSError:
            # The connection is cut.
            pass
        writer.close()

    def cut(self):
        for writer in self.writers:
            writer.transport.abort()
        self.writers.clear()


async def in_thread(work, *arguments):
    """What blocks, beside the loop."""
    return await asyncio.to_thread(work, *arguments)


async def until(holds):
    while not holds():
        await asyncio.sleep(0.02)


async def all_kinds(contract):
    heads, logs, hashes, whole = [], [], [], []

    def keep(results):
        async def handler(context):
            results.append(context.result)

        return handler

    async with AsyncWeb3(WebSocketProvider(WS_URL)) as socket:
        await socket.subscription_manager.subscribe(
            [
                NewHeadsSubscription(handler=keep(heads)),
                LogsSubscription(address=contract.address, handler=keep(logs)),
                PendingTxSubscription(handler=keep(hashes)),
                PendingTxSubscription(full_transactions=True, handler=keep(whole)),
            ]
        )
        handling = asyncio.create_task(socket.subscription_manager.handle_subscriptions())
        receipt = await in_thread(call, alice, contract.functions.store(1, 10, "a"))
        await until(lambda: heads and logs and hashes and whole)
        assert receipt["blockHash"] in [head["hash"] for head in heads]
        assert logs[0]["transactionHash"] == receipt["transactionHash"]
        assert contract.events.Stored().process_log(logs[0])["args"]["value"] == 10
        assert hashes == [receipt["transactionHash"]]
        assert whole[0]["hash"] == receipt["transactionHash"] and whole[0]["from"] == alice.address
        await socket.subscription_manager.unsubscribe_all()
        handling.cancel()


async def lost_connection(contract):
    """As the library tells its users: a loop over connections, which subscribes again in each."""
    proxy = Proxy()
    await proxy.start()
    seen, connections = set(), 0
    start = w3.eth.block_number

    async def follow():
        nonlocal connections
        async for socket in AsyncWeb3(WebSocketProvider(proxy.url)):
            try:
                connections += 1
                await socket.eth.subscribe("logs", {"address": contract.address})
                for log in await socket.eth.get_logs({"address": contract.address, "fromBlock": start}):
                    seen.add(contract.events.Stored().process_log(log)["args"]["key"])
                async for message in socket.socket.process_subscriptions():
                    seen.add(contract.events.Stored().process_log(message["result"])["args"]["key"])
            except (ConnectionClosed, Web3Exception):
                continue

    following = asyncio.create_task(follow())
    await in_thread(call, alice, contract.functions.store(20, 1, ""))
    await until(lambda: 20 in seen)
    proxy.cut()
    await in_thread(call, alice, contract.functions.store(21, 1, ""))
    await until(lambda: connections > 1 and 21 in seen)
    await in_thread(call, alice, contract.functions.store(22, 1, ""))
    await until(lambda: 22 in seen)
    assert {key for key in seen if key >= 20} == {20, 21, 22}, seen
    following.cancel()


with step("deploys"):
    contract, _ = deploy(alice)

with step("heads, logs, and transactions that wait"):
    asyncio.run(all_kinds(contract))

with step("events go on after the connection is lost, and none is missed"):
    asyncio.run(lost_connection(contract))
