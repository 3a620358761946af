// What a client is told to offer is enough.
import assert from 'node:assert/strict'
import { done, step } from '../suite.mjs'
import { client, wallet } from './client.mjs'

const [alice, bob] = [wallet(0), wallet(1)]
const to = bob.account.address

await step('fees as estimated get a transaction into the next blocks', async () => {
  const fees = await client.estimateFeesPerGas()
  assert.ok(fees.maxFeePerGas > fees.maxPriorityFeePerGas)
  const receipt = await client.waitForTransactionReceipt({ hash: await alice.sendTransaction({ to, ...fees }) })
  assert.equal(receipt.status, 'success')
  assert.ok(receipt.effectiveGasPrice <= fees.maxFeePerGas)
})

await step('the fee of a legacy transaction too', async () => {
  const { gasPrice } = await client.estimateFeesPerGas({ type: 'legacy' })
  const receipt = await client.waitForTransactionReceipt({ hash: await alice.sendTransaction({ to, gasPrice }) })
  assert.equal(receipt.effectiveGasPrice, gasPrice)
})

await step('gas price is base fee and tip', async () => {
  const { baseFeePerGas } = await client.getBlock()
  const tip = await client.estimateMaxPriorityFeePerGas()
  assert.ok(tip > 0n)
  assert.equal(await client.getGasPrice(), baseFeePerGas + tip)
})

await step('the history of fees fits the blocks', async () => {
  const head = await client.getBlockNumber()
  const blockCount = Number(head < 5n ? head : 5n)
  const history = await client.getFeeHistory({ blockCount, blockNumber: head, rewardPercentiles: [25, 75] })
  assert.equal(history.oldestBlock, head - BigInt(blockCount) + 1n)
  // One more for the next block.
  assert.equal(history.baseFeePerGas.length, blockCount + 1)
  assert.equal(history.gasUsedRatio.length, blockCount)
  assert.deepEqual(history.reward.map((tips) => tips.length), Array(blockCount).fill(2))
  for (let at = 0; at < blockCount; at += 1) {
    const block = await client.getBlock({ blockNumber: history.oldestBlock + BigInt(at) })
    assert.equal(history.baseFeePerGas[at], block.baseFeePerGas)
    assert.ok(Math.abs(history.gasUsedRatio[at] - Number(block.gasUsed) / Number(block.gasLimit)) < 1e-9)
  }
})

await step('a transfer takes 21,000 gas', async () => {
  assert.equal(await client.estimateGas({ account: alice.account, to, value: 1n }), 21_000n)
})

done()
