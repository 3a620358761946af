// The tag `pending`: the block that is being built, with what waits.
import assert from 'node:assert/strict'
import { parseEther } from 'viem'
import { done, eventually, step, withoutBlocks } from '../suite.mjs'
import { client, deploy, wallet } from './client.mjs'

const [alice, bob] = [wallet(0), wallet(1)]
const contract = await step('deploys', () => deploy(alice))
const { abi, address } = contract
const to = '0x00000000000000000000000000000000000c0ffe'
const blockTag = 'pending'

await step('what waits is in the pending block, and its state is what comes', async () => {
  const hashes = await withoutBlocks(async () => {
    const paid = await alice.sendTransaction({ to, value: parseEther('1') })
    const stored = await bob.writeContract({ abi, address, functionName: 'store', args: [1n, 11n, 'waits'], gas: 200_000n })
    const block = await eventually(async () => {
      const block = await client.getBlock({ blockTag, includeTransactions: true })
      return block.transactions.length === 2 ? block : undefined
    })
    assert.deepEqual(new Set(block.transactions.map(({ hash }) => hash)), new Set([paid, stored]))
    const latest = await client.getBlock()
    assert.equal(block.parentHash, latest.hash)
    assert.equal(await client.getBlockTransactionCount({ blockTag }), 2)
    assert.equal(await client.getBalance({ address: to }), 0n)
    assert.equal(await client.getBalance({ address: to, blockTag }), parseEther('1'))
    const read = { abi, address, functionName: 'values', args: [1n] }
    assert.deepEqual([await client.readContract(read), await client.readContract({ ...read, blockTag })], [0n, 11n])
    return [paid, stored]
  })
  for (const hash of hashes) {
    assert.equal((await client.waitForTransactionReceipt({ hash })).status, 'success')
  }
  assert.equal(await client.getBalance({ address: to }), parseEther('1'))
})

await step('without anything that waits it is empty', async () => {
  const block = await client.getBlock({ blockTag })
  assert.deepEqual(block.transactions, [])
  const { hash } = await client.getBlock()
  assert.equal(block.parentHash, hash)
})

await step('a transaction is sent, and its receipt comes at once', async () => {
  const request = await alice.prepareTransactionRequest({ to, value: 1n })
  const serializedTransaction = await alice.signTransaction(request)
  const receipt = await client.sendRawTransactionSync({ serializedTransaction })
  assert.equal(receipt.status, 'success')
})

done()
