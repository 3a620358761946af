// What a transaction did, by the methods of the namespace `debug`.
import assert from 'node:assert/strict'
import { createPublicClient, encodeFunctionData, http, rpcSchema, toFunctionSelector } from 'viem'
import { done, step } from '../suite.mjs'
import { chain, client, deploy, wallet, write } from './client.mjs'

const [alice, bob] = [wallet(0), wallet(1)]
const debug = createPublicClient({ chain, transport: http(), rpcSchema: rpcSchema() })
const contract = await step('deploys', () => deploy(alice))
const { abi, address } = contract
const from = alice.account.address.toLowerCase()

const trace = (hash, options) => debug.request({ method: 'debug_traceTransaction', params: [hash, options] })

await step('calls, one inside the other, with logs', async () => {
  const { transactionHash, gasUsed } = await write(alice, contract, 'storeThroughCall', [1n, 2n])
  const outer = await trace(transactionHash, { tracer: 'callTracer', tracerConfig: { withLog: true } })
  assert.deepEqual([outer.type, outer.from, outer.to, BigInt(outer.gasUsed)], ['CALL', from, address, gasUsed])
  assert.equal(outer.input, encodeFunctionData({ abi, functionName: 'storeThroughCall', args: [1n, 2n] }))
  assert.deepEqual([outer.error, outer.calls.length], [undefined, 1])
  const [inner] = outer.calls
  assert.deepEqual([inner.type, inner.from, inner.to], ['CALL', address, address])
  assert.ok(inner.input.startsWith(toFunctionSelector('store(uint256,uint256,string)')))
  assert.deepEqual([inner.logs.length, inner.logs[0].address], [1, address])
  const top = await trace(transactionHash, { tracer: 'callTracer', tracerConfig: { onlyTopCall: true } })
  assert.equal(top.calls, undefined)
})

await step('a creation', async () => {
  const created = await trace(contract.receipt.transactionHash, { tracer: 'callTracer' })
  assert.deepEqual([created.type, created.from, created.to], ['CREATE', from, address])
  assert.equal(created.output, await client.getCode({ address }))
})

await step('a revert and its reason', async () => {
  const { transactionHash, status } = await write(bob, contract, 'require_', [false], { gas: 100_000n })
  const call = await trace(transactionHash, { tracer: 'callTracer' })
  assert.deepEqual([status, call.error, call.revertReason], ['reverted', 'execution reverted', 'it does not hold'])
})

await step('the state before, and what changed', async () => {
  const { transactionHash } = await write(alice, contract, 'store', [7n, 70n, ''])
  const before = await trace(transactionHash, { tracer: 'prestateTracer' })
  assert.ok(BigInt(before[from].balance) > 0n && before[address].code.length > 100)
  const { pre, post } = await trace(transactionHash, { tracer: 'prestateTracer', tracerConfig: { diffMode: true } })
  assert.equal(post[from].nonce, pre[from].nonce + 1)
  assert.ok(BigInt(post[from].balance) < BigInt(pre[from].balance))
  assert.equal(Object.keys(post[address].storage).length, 2)
})

await step('four-byte names', async () => {
  const { transactionHash } = await write(alice, contract, 'storeThroughCall', [8n, 80n])
  const names = await trace(transactionHash, { tracer: '4byteTracer' })
  assert.equal(names[`${toFunctionSelector('storeThroughCall(uint256,uint256)')}-64`], 1)
})

await step('step by step', async () => {
  const { transactionHash, gasUsed } = await write(alice, contract, 'store', [9n, 90n, ''])
  const { structLogs, failed, gas, returnValue } = await trace(transactionHash, {})
  assert.deepEqual([failed, BigInt(gas)], [false, gasUsed])
  assert.ok(['', '0x'].includes(returnValue), returnValue)
  assert.equal(structLogs[0].op, 'PUSH1')
  assert.deepEqual([structLogs[0].pc, structLogs[0].depth], [0, 1])
  assert.equal(structLogs.filter(({ op }) => op === 'SSTORE').length, 2)
  assert.ok(['STOP', 'RETURN'].includes(structLogs.at(-1).op))
})

await step('a block, and a call that is in none', async () => {
  const { blockNumber, blockHash, transactionHash } = await write(alice, contract, 'store', [10n, 1n, ''])
  const options = { tracer: 'callTracer' }
  const at = `0x${blockNumber.toString(16)}`
  const byNumber = await debug.request({ method: 'debug_traceBlockByNumber', params: [at, options] })
  assert.deepEqual(byNumber.map(({ txHash }) => txHash), [transactionHash])
  assert.equal(byNumber[0].result.to, address)
  assert.deepEqual(await debug.request({ method: 'debug_traceBlockByHash', params: [blockHash, options] }), byNumber)
  const call = { from, to: address, data: encodeFunctionData({ abi, functionName: 'count' }) }
  const traced = await debug.request({ method: 'debug_traceCall', params: [call, 'latest', options] })
  assert.equal(BigInt(traced.output), await client.readContract({ abi, address, functionName: 'count' }))
})

await step('what is not there', async () => {
  const missing = `0x${'12'.repeat(32)}`
  await assert.rejects(trace(missing, {}), /transaction not found/)
  await assert.rejects(trace(contract.receipt.transactionHash, { tracer: 'noTracer' }))
})

done()
