// Calls and blocks that are in no chain, by eth_simulateV1.
import assert from 'node:assert/strict'
import { InsufficientFundsError, parseEther } from 'viem'
import { done, step } from '../suite.mjs'
import { client, deploy, wallet } from './client.mjs'

const [alice, bob] = [wallet(0), wallet(1)]
const contract = await step('deploys', () => deploy(alice))
const { abi, address } = contract
const stranger = '0x00000000000000000000000000000000000c0ffe'
const store = (key) => ({ abi, to: address, functionName: 'store', args: [key, key * 10n, 'not kept'] })

await step('calls, each on what the one before left', async () => {
  const { results } = await client.simulateCalls({
    account: alice.account,
    calls: [store(1n), { abi, to: address, functionName: 'values', args: [1n] }, { abi, to: address, functionName: 'require_', args: [false] }, { to: stranger, value: 5n }],
  })
  assert.deepEqual(results.map(({ status }) => status), ['success', 'success', 'failure', 'success'])
  assert.equal(results[1].result, 10n)
  assert.equal(results[0].logs.length, 1)
  assert.ok(results[0].gasUsed > 21_000n)
  assert.match(results[2].error.message, /it does not hold/)
  assert.equal(await client.readContract({ abi, address, functionName: 'count' }), 0n)
})

await step('blocks, with overrides', async () => {
  const head = await client.getBlock()
  const blocks = await client.simulateBlocks({
    blocks: [
      {
        blockOverrides: { number: head.number + 1n, time: head.timestamp + 100n },
        stateOverrides: [{ address: stranger, balance: parseEther('3') }],
        calls: [{ account: stranger, to: bob.account.address, value: parseEther('1') }],
      },
      {
        calls: [
          { abi, to: address, functionName: 'require_', args: [false], account: stranger },
          { ...store(2n), account: alice.account.address },
        ],
      },
    ],
  })
  const [first, second] = blocks
  assert.deepEqual([blocks.length, first.number, first.timestamp], [2, head.number + 1n, head.timestamp + 100n])
  assert.deepEqual([second.number, second.parentHash], [first.number + 1n, first.hash])
  assert.deepEqual(first.calls.map(({ status }) => status), ['success'])
  assert.deepEqual(second.calls.map(({ status }) => status), ['failure', 'success'])
})

await step('transfers of ether as logs', async () => {
  const [{ calls }] = await client.simulateBlocks({
    blocks: [{ calls: [{ account: alice.account.address, to: stranger, value: 7n }] }],
    traceTransfers: true,
  })
  assert.deepEqual([calls[0].logs.length, BigInt(calls[0].logs[0].data)], [1, 7n])
  assert.equal(calls[0].logs[0].address, '0xeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee')
})

await step('what changed in the assets of an account', async () => {
  const { assetChanges } = await client.simulateCalls({
    account: alice.account.address,
    calls: [{ to: stranger, value: parseEther('2') }],
    traceAssetChanges: true,
  })
  const [{ token, value }] = assetChanges
  assert.equal(token.symbol, 'ETH')
  assert.equal(value.diff, -parseEther('2'))
})

await step('nobody pays what he does not have', async () => {
  const calls = [{ account: stranger, to: bob.account.address, value: 1n }]
  for (const validation of [false, true]) {
    const error = await client.simulateBlocks({ blocks: [{ calls }], validation }).then(() => assert.fail('it pays'), (error) => error)
    assert.ok(error instanceof InsufficientFundsError || error.walk((cause) => cause.code < -38_000), error.stack)
  }
})

await step('blocks must go forward', async () => {
  const blocks = [{ blockOverrides: { number: 1n }, calls: [] }]
  const error = await client.simulateBlocks({ blocks }).then(() => assert.fail('it goes back'), (error) => error)
  assert.equal(error.walk((cause) => typeof cause.code === 'number').code, -38020, error.stack)
})

done()
