// The clients of the suite, and the contract deployed by one of them.
import { createPublicClient, createWalletClient, defineChain, http, publicActions } from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
import { keys, ledger, urls } from '../suite.mjs'

export const chain = defineChain({
  id: 1337,
  name: 'dev',
  nativeCurrency: { name: 'Ether', symbol: 'ETH', decimals: 18 },
  rpcUrls: { default: { http: [urls.http], webSocket: [urls.ws] } },
})

/** How often the clients poll, in milliseconds. */
export const pollingInterval = 50

export const client = createPublicClient({ chain, pollingInterval, transport: http() })

/** A client that signs with one of the keys. */
export function wallet(index) {
  const account = privateKeyToAccount(keys[index])
  return createWalletClient({ account, chain, pollingInterval, transport: http() }).extend(publicActions)
}

/** Deploys the contract. */
export async function deploy(signer, value = 0n) {
  const hash = await signer.deployContract({ ...ledger, value })
  const receipt = await client.waitForTransactionReceipt({ hash })
  return { ...ledger, address: receipt.contractAddress, receipt }
}

/** Sends a call to the contract, and gives its receipt. */
export async function write(signer, contract, functionName, args, more = {}) {
  const { abi, address } = contract
  const hash = await signer.writeContract({ abi, address, functionName, args, ...more })
  return client.waitForTransactionReceipt({ hash })
}
