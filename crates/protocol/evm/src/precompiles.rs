//! Precompile sets (spec/execution 3.3).

use crate::spec::ScrollSpecId;
use alloy_primitives::U256;
use revm::precompile::{
    EthPrecompileResult, Precompile, PrecompileHalt, PrecompileId, PrecompileOutput,
    PrecompileResult, Precompiles, bn254, hash, identity, modexp, secp256k1, secp256r1,
    u64_to_address,
};
use std::sync::OnceLock;

/// Most pairs that the pairing check takes before Feynman.
const MAX_PAIRS: usize = 4;
const PAIR_BYTES: usize = 192;
/// Longest operand in bytes that MODEXP takes before Galileo.
const MODEXP_MAX_OPERAND_BYTES: u64 = 32;
const MODEXP_LENGTHS_BYTES: usize = 96;

const SHA256_DISABLED: Precompile =
    Precompile::new(PrecompileId::Sha256, u64_to_address(2), disabled);
const RIPEMD160_DISABLED: Precompile =
    Precompile::new(PrecompileId::Ripemd160, u64_to_address(3), disabled);
const BLAKE2F_DISABLED: Precompile =
    Precompile::new(PrecompileId::Blake2F, u64_to_address(9), disabled);
const MODEXP_LIMITED: Precompile =
    Precompile::new(PrecompileId::ModExp, u64_to_address(5), modexp_limited);
const PAIRING_LIMITED: Precompile =
    Precompile::new(PrecompileId::Bn254Pairing, u64_to_address(8), pairing_limited);

/// The precompiles of a rule set. A disabled one is in the set, so its address is warm, but every
/// call to it fails and consumes all gas it was given.
pub fn precompiles(spec: ScrollSpecId) -> &'static Precompiles {
    static ARCHIMEDES: OnceLock<Precompiles> = OnceLock::new();
    static BERNOULLI: OnceLock<Precompiles> = OnceLock::new();
    static EUCLID_V2: OnceLock<Precompiles> = OnceLock::new();
    static FEYNMAN: OnceLock<Precompiles> = OnceLock::new();
    static GALILEO: OnceLock<Precompiles> = OnceLock::new();

    match spec {
        ScrollSpecId::Archimedes => ARCHIMEDES.get_or_init(archimedes),
        ScrollSpecId::Bernoulli
        | ScrollSpecId::Curie
        | ScrollSpecId::Darwin
        | ScrollSpecId::Euclid => BERNOULLI.get_or_init(|| extended(&archimedes(), [hash::SHA256])),
        ScrollSpecId::EuclidV2 => EUCLID_V2
            .get_or_init(|| extended(precompiles(ScrollSpecId::Euclid), [secp256r1::P256VERIFY])),
        ScrollSpecId::Feynman => FEYNMAN
            .get_or_init(|| extended(precompiles(ScrollSpecId::EuclidV2), [bn254::pair::ISTANBUL])),
        ScrollSpecId::Galileo => GALILEO.get_or_init(|| {
            extended(
                precompiles(ScrollSpecId::Feynman),
                [modexp::OSAKA, secp256r1::P256VERIFY_OSAKA],
            )
        }),
    }
}

fn archimedes() -> Precompiles {
    extended(
        &Precompiles::default(),
        [
            secp256k1::ECRECOVER,
            SHA256_DISABLED,
            RIPEMD160_DISABLED,
            identity::FUN,
            MODEXP_LIMITED,
            bn254::add::ISTANBUL,
            bn254::mul::ISTANBUL,
            PAIRING_LIMITED,
            BLAKE2F_DISABLED,
        ],
    )
}

fn extended(base: &Precompiles, with: impl IntoIterator<Item = Precompile>) -> Precompiles {
    let mut set = base.clone();
    set.extend(with);
    set
}

// A precompile that must fail says so in its output: an `Err` would abort the whole block.
const fn halt(reason: &'static str, reservoir: u64) -> PrecompileResult {
    Ok(PrecompileOutput::halt(PrecompileHalt::other_static(reason), reservoir))
}

const fn disabled(_input: &[u8], _gas_limit: u64, reservoir: u64) -> PrecompileResult {
    halt("precompile is disabled", reservoir)
}

fn pairing_limited(input: &[u8], gas_limit: u64, reservoir: u64) -> PrecompileResult {
    if input.len() > MAX_PAIRS * PAIR_BYTES {
        return halt("more than 4 pairs", reservoir);
    }
    bn254::pair::ISTANBUL.execute(input, gas_limit, reservoir)
}

fn modexp_limited(input: &[u8], gas_limit: u64, reservoir: u64) -> PrecompileResult {
    let mut lengths = [0u8; MODEXP_LENGTHS_BYTES];
    let given = input.len().min(MODEXP_LENGTHS_BYTES);
    lengths[..given].copy_from_slice(&input[..given]);
    let limit = U256::from(MODEXP_MAX_OPERAND_BYTES);
    if lengths.chunks_exact(32).any(|length| U256::from_be_slice(length) > limit) {
        return halt("operand longer than 32 bytes", reservoir);
    }
    let result: EthPrecompileResult = modexp::berlin_run(input, gas_limit);
    Ok(PrecompileOutput::from_eth_result(result, reservoir))
}
