// What a transaction did, decoded by the interface of the contract.
import assert from 'node:assert/strict'
import { toBeHex } from 'ethers'
import { done, step } from '../suite.mjs'
import { deploy, provider, wallet } from './client.mjs'

const alice = wallet(0)
const contract = await step('deploys', () => deploy(alice))
const trace = (hash, tracer, tracerConfig) =>
  provider.send('debug_traceTransaction', [hash, { tracer, tracerConfig }])

await step('calls, and what they were called with', async () => {
  const receipt = await (await contract.storeThroughCall(1n, 2n)).wait()
  const { input, calls, gasUsed } = await trace(receipt.hash, 'callTracer', { withLog: true })
  const outer = contract.interface.parseTransaction({ data: input })
  assert.deepEqual([outer.name, ...outer.args], ['storeThroughCall', 1n, 2n])
  const inner = contract.interface.parseTransaction({ data: calls[0].input })
  assert.deepEqual([inner.name, ...inner.args], ['store', 1n, 2n, 'through a call'])
  const event = contract.interface.parseLog(calls[0].logs[0])
  assert.deepEqual([event.name, event.args.value], ['Stored', 2n])
  assert.equal(BigInt(gasUsed), receipt.gasUsed)
})

await step('an error of the contract', async () => {
  const data = contract.interface.encodeFunctionData('refuse', [7n])
  const { hash } = await alice.sendTransaction({ to: contract.target, data, gasLimit: 100_000n })
  await assert.rejects(provider.waitForTransaction(hash).then(({ status }) => assert.equal(status, 1)))
  const { error, output } = await trace(hash, 'callTracer')
  assert.equal(error, 'execution reverted')
  const { name, args } = contract.interface.parseError(output)
  assert.deepEqual([name, ...args], ['Refused', alice.address, 7n])
})

await step('what changed', async () => {
  const receipt = await (await contract.store(3n, 4n, '')).wait()
  const { pre, post } = await trace(receipt.hash, 'prestateTracer', { diffMode: true })
  const address = contract.target.toLowerCase()
  // The slot of `count`.
  const slot = toBeHex(1, 32)
  assert.equal(BigInt(post[address].storage[slot]), BigInt(pre[address].storage[slot]) + 1n)
})

done()
