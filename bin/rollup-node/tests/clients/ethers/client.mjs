// The provider of the suite, and the contract deployed by one of its wallets.
import { ContractFactory, JsonRpcProvider, Wallet } from 'ethers'
import { keys, ledger, urls } from '../suite.mjs'

/** How often the provider polls, in milliseconds. */
export const pollingInterval = 50

/** A provider of the server for HTTP. */
export function connect() {
  // Without a cache: each answer is the node's.
  return new JsonRpcProvider(urls.http, undefined, { pollingInterval, cacheTimeout: -1 })
}

export const provider = connect()

/** A wallet with one of the keys. */
export function wallet(index) {
  return new Wallet(keys[index], provider)
}

/** Deploys the contract. */
export async function deploy(signer, overrides = {}) {
  const contract = await new ContractFactory(ledger.abi, ledger.bytecode, signer).deploy(overrides)
  return contract.waitForDeployment()
}
