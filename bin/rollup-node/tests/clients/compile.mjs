// Compiles the contract of the file in the first argument, and writes its interface and bytecode to the second.
import { readFileSync, writeFileSync } from 'node:fs'
import solc from 'solc'

const [source, target] = process.argv.slice(2)
const input = {
  language: 'Solidity',
  sources: { source: { content: readFileSync(source, 'utf8') } },
  settings: {
    evmVersion: 'cancun',
    optimizer: { enabled: true },
    outputSelection: { '*': { '*': ['abi', 'evm.bytecode.object'] } },
  },
}
const output = JSON.parse(solc.compile(JSON.stringify(input)))
const errors = (output.errors ?? []).filter(({ severity }) => severity === 'error')
if (errors.length > 0) {
  throw new Error(errors.map(({ formattedMessage }) => formattedMessage).join('\n'))
}
const [contract] = Object.values(output.contracts.source)
writeFileSync(target, JSON.stringify({ abi: contract.abi, bytecode: `0x${contract.evm.bytecode.object}` }))
