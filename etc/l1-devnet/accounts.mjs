// Who is who on the devnet: accounts of the mnemonic that anvil funds, on L1 as on L2.
import { mnemonicToAccount } from 'viem/accounts'
import { bytesToHex } from 'viem'

export const MNEMONIC = 'test test test test test test test test test test test junk'

/** The account with an index, which can sign. */
export const account = (addressIndex) => mnemonicToAccount(MNEMONIC, { addressIndex })

/** The private key of an account. */
export const key = (addressIndex) => bytesToHex(account(addressIndex).getHdKey().privateKey)

// Deploys and owns the contracts.
export const OWNER = 0
// Commits batches.
export const SEQUENCER = 1
// Finalizes batches.
export const PROVER = 2
// Signs L2 blocks, unless another signer is asked for.
export const SIGNER = 4
// Gets the fees of L1 messages.
export const FEE_VAULT = 9
// Have no other part to play.
export const USERS = [5, 6, 7, 8]
